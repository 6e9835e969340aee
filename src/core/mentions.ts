const MENTION = /(?<![\p{L}\p{N}_@.])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?)/gu;

/** The names after `@` in a text, without the punctuation that ends a sentence. */
export function mentionedNames(content: string, limit: number): string[] {
  if (!content.includes('@')) return [];
  const names = new Set<string>();
  for (const [, name] of content.matchAll(MENTION)) {
    if (name !== undefined) names.add(name);
    if (names.size >= limit) break;
  }
  return [...names];
}
