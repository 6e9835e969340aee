import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';

const MAX_ID = 2 ** 31 - 1;
const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const DIGITS = /^[0-9]+$/;
/** Names that mean something else: a slug must not stand in for another conversation. */
const RESERVED = /^(private|room)_/;

/** Where `root` clients talk who name no conversation: a slug. */
export const LOBBY = 'lobby';

/** How a client may name a conversation: `1`, `"1"`, `room_1`, `private_5_8` or a slug. */
export type ConversationRef =
  | { readonly kind: 'id'; readonly id: ConversationId }
  | { readonly kind: 'slug'; readonly slug: string }
  | { readonly kind: 'direct'; readonly other: UserId };

const idRef = (id: number): ConversationRef | null =>
  Number.isInteger(id) && id >= 1 && id <= MAX_ID ? { kind: 'id', id } : null;

/**
 * The lower-cased slug, or null when the text cannot be one: all digits would read as an id, and
 * `room_…` and `private_…` are names of their own.
 */
export function normalizeSlug(text: string): string | null {
  const slug = text.toLowerCase();
  return SLUG.test(slug) && !DIGITS.test(slug) && !RESERVED.test(slug) ? slug : null;
}

/** The direct conversation with that user. */
export const directWith = (other: UserId): ConversationRef => ({ kind: 'direct', other });

/** Whom `asker` talks to in `private_<a>_<b>`, either way round; ids may contain underscores. */
function otherInDirect(pair: string, asker: UserId): UserId | null {
  if (pair.startsWith(`${asker}_`)) return pair.slice(asker.length + 1) || null;
  if (pair.endsWith(`_${asker}`)) return pair.slice(0, -asker.length - 1) || null;
  return null;
}

/** Null for anything that can name no conversation `asker` may use. */
export function parseConversationRef(input: unknown, asker: UserId): ConversationRef | null {
  if (typeof input === 'number') return idRef(input);
  if (typeof input !== 'string') return null;
  const digits = input.startsWith('room_') ? input.slice('room_'.length) : input;
  // One name for one id: every other spelling would have to be rendered for itself.
  if (DIGITS.test(digits)) return digits.startsWith('0') ? null : idRef(Number(digits));
  if (input.startsWith('private_')) {
    const other = otherInDirect(input.slice('private_'.length), asker);
    if (other !== null && other !== asker) return { kind: 'direct', other };
  }
  const slug = normalizeSlug(input);
  return slug === null ? null : { kind: 'slug', slug };
}
