import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import * as bad from '../support/bad-input.js';
import { refusalOf } from '../support/live-speaker.js';
import { FORBIDDEN, NOT_FOUND } from '../support/live-shapes.js';
import type { Json, Speaker } from '../support/speaker.js';
import { DIALECTS, everywhere } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { ATTACKS, type Attack } from './support/attacks.js';
import { expectRefusal } from './support/refusals.js';

let app: TestApp;
let id: number;
let messageId: number;
/** One in each dialect, who go on talking to each other. */
let bystanders: readonly Speaker[];
/** How much of what each was told has been looked at. */
const checked = new Map<Speaker, number>();
let rounds = 0;

const [attacker, bystander] = [someone('attacker'), someone('bystander')];

beforeAll(async () => {
  app = await startApp();
  id = await app.conversation([attacker, bystander]);
  bystanders = await everywhere(app, bystander, id);
  const [one] = bystanders;
  if (one) ({ id: messageId } = await one.say(id, 'hello'));
});
afterAll(() => app.stop());

/** Whether an input is none that this wire can carry, or none that is bad there. */
const isFor = (attack: Attack, [what]: bad.BadCase): boolean =>
  !attack.unfit.some((pattern) => pattern.test(what));

const cases = DIALECTS.map((dialect) => [dialect.name, dialect, ATTACKS[dialect.name]] as const);

describe.each(cases)('%s', (_name, dialect, attack) => {
  let speaker: Speaker;

  beforeAll(async () => {
    speaker = await dialect.connect(app, attacker);
    await speaker.join(id);
  });

  /** Whatever came before: the connection still speaks and hears, and so do all the others. */
  afterEach(async () => {
    const next = bystanders[++rounds % bystanders.length] ?? speaker;
    const said = [await speaker.say(id, 'still here'), await next.say(id, 'so are we')];
    for (const one of [speaker, ...bystanders]) {
      for (const { id: wanted } of said) await one.hearsMessage(wanted);
    }
    for (const one of bystanders) {
      const told = one.log.slice(checked.get(one));
      checked.set(one, one.log.length);
      expect(told.filter(({ event }) => attack.failures.has(String(event)))).toEqual([]);
      expect(JSON.stringify(told)).not.toContain(bad.MARKER);
    }
  });

  afterAll(() => speaker.close());

  const [most, atOnce] = attack.longest;
  const right = () => attack.message(id, 'hello');
  const refuse = (payload: unknown, code: string) =>
    expectRefusal(speaker, [attack.event, payload], code);

  describe('a message whose payload is', () => {
    it.each(bad.PAYLOADS)('%s', (_, payload) => refuse(payload, 'VALIDATION_FAILED'));

    it.each(bad.POISON.filter((one) => isFor(attack, one)))('%s', async (_, poison) => {
      const payload = right();
      // Not spread: that would lose an own `__proto__`.
      for (const key of Object.keys(poison as object)) {
        const value = (poison as Json)[key];
        Object.defineProperty(payload, key, { value, enumerable: true });
      }
      await refuse(payload, 'VALIDATION_FAILED');
    });
  });

  if (attack.saysPlace) {
    describe('a message to a conversation', () => {
      it.each(bad.CONVERSATION_IDS.filter((one) => isFor(attack, one)))('%s', (_, place) =>
        refuse(attack.message(place, 'hello'), 'VALIDATION_FAILED'),
      );
      it.each(bad.UNKNOWN_CONVERSATIONS)('that is %s', (_, place) =>
        refuse(attack.message(place, 'hello'), 'CONVERSATION_NOT_FOUND'),
      );
      it('of others', async () => {
        const foreign = await app.conversation([bystander]);
        await refuse(attack.message(foreign, 'hello'), 'PERMISSION_DENIED');
      });
    });

    describe('a reply to', () => {
      it.each(bad.OPTIONAL_INTEGERS.filter((one) => isFor(attack, one)))('%s', (_, replyTo) =>
        refuse(attack.message(id, 'hello', { replyTo }), 'VALIDATION_FAILED'),
      );
      it('a message that does not exist', () =>
        refuse(attack.message(id, 'hello', { replyTo: 2 ** 40 }), 'MESSAGE_NOT_FOUND'));
      it('a message of another conversation', async () => {
        const other = await app.conversation([attacker]);
        await refuse(attack.message(other, 'hello', { replyTo: messageId }), 'MESSAGE_NOT_FOUND');
      });
    });
  } else {
    describe('a conversation in the URL', () => {
      async function expectTurnedAway(place: number | string, code: number, wires: unknown[]) {
        const stranger = await dialect.connect(app, attacker);
        expect(await stranger.join(place).catch(refusalOf)).toBe(code);
        expect(stranger.log.map(({ wire }) => wire)).toStrictEqual(wires);
      }
      it.each(bad.UNKNOWN_CONVERSATIONS.filter((one) => isFor(attack, one)))(
        'that is %s',
        (_, place) => expectTurnedAway(String(place), NOT_FOUND.code, []),
      );
      it('of others', async () => {
        const foreign = await app.conversation([bystander]);
        await expectTurnedAway(foreign, FORBIDDEN.code, [attack.failure('PERMISSION_DENIED')]);
      });
    });
  }

  describe('a text', () => {
    it.each([...bad.TEXTS, ...bad.BLANK])('%s', (_, text) =>
      refuse(attack.message(id, text), 'VALIDATION_FAILED'),
    );
    it.each([
      ['of a character too many', bad.MARKER.padEnd(most + 1, 'x')],
      ['of as many characters outside the basic plane', '🙂'.repeat(most + 1)],
      ['of as much as a frame holds', bad.MARKER.padEnd(atOnce, bad.MARKER)],
    ])('%s', (_, text) => refuse(attack.message(id, text), 'MESSAGE_TOO_LONG'));
  });

  describe('a client id', () => {
    it.each([
      ['empty', ''],
      ['of 65 characters', bad.MARKER.padEnd(65, 'x')],
      ['that is a number', 5],
      ['that is a list', [bad.MARKER]],
      ['with NUL', `${bad.MARKER}\0`],
    ])('%s', (_, clientId) =>
      refuse(attack.message(id, 'hello', { clientId }), 'VALIDATION_FAILED'),
    );
    it('that was given to other content', async () => {
      const { clientId } = await speaker.say(id, 'first');
      await refuse(attack.message(id, 'second', { clientId }), 'CONFLICT');
    });
  });

  if (attack.withUrl) {
    const { withUrl } = attack;
    it.each(bad.ATTACHMENTS.filter((one) => isFor(attack, one)))('an attachment: %s', (_, urls) =>
      refuse({ ...right(), ...withUrl(urls) }, 'VALIDATION_FAILED'),
    );
  }

  it.each(attack.unknown.map((event) => [JSON.stringify(event).slice(0, 40), event]))(
    'an event nobody knows: %s',
    (_, event) => expectRefusal(speaker, [event, { content: bad.MARKER }], 'VALIDATION_FAILED'),
  );
});
