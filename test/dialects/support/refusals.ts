import { expect } from 'vitest';
import { MARKER } from '../../support/bad-input.js';
import type { Place, Speaker } from '../../support/speaker.js';
import { ATTACKS } from './attacks.js';

/** Sends it, and expects one failure in the dialect’s own form, without anything of the input. */
export async function expectRefusal(
  speaker: Speaker,
  [event, payload]: readonly [event: unknown, payload: unknown],
  code: string,
): Promise<void> {
  const attack = ATTACKS[speaker.dialect];
  const before = speaker.log.length;
  speaker.emit(event, payload);
  await speaker.hears('other', (heard) => speaker.log.indexOf(heard) >= before);
  await speaker.settled();
  const told = speaker.log.slice(before);
  expect(told.map(({ wire }) => wire)).toStrictEqual([attack.failure(code)]);
  expect(attack.failures.has(String(told[0]?.event))).toBe(true);
  expect(JSON.stringify(attack.textOf(told[0]?.wire ?? {}))).not.toContain(MARKER);
}

/** As `expectRefusal`, of a message that is right but for its place. */
export function expectUnsaid(speaker: Speaker, place: Place, code: string): Promise<void> {
  const attack = ATTACKS[speaker.dialect];
  return expectRefusal(speaker, [attack.event, attack.message(place, 'hello')], code);
}
