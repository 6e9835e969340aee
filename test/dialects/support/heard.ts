import { expect } from 'vitest';
import type { Place, Said, Speaker, Words } from '../../support/speaker.js';

/** Says it, and expects every listener to hear it in its own words, once. */
export async function expectHeard(
  speaker: Speaker,
  listeners: readonly Speaker[],
  place: Place,
  conversationId: number,
  words: Words | string,
): Promise<Said> {
  const said = await speaker.say(place, words);
  for (const listener of listeners) {
    const heard = await listener.hearsMessage(said.id);
    expect(heard.wire).toStrictEqual(listener.wording(said, conversationId));
    await listener.settled();
    expect(listener.messages.filter(({ id }) => id === said.id)).toHaveLength(1);
  }
  return said;
}
