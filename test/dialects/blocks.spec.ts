import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenTo, settle } from '../live/support/sanctioning.js';
import { startApp, type TestApp } from '../support/app.js';
import { block, unblock } from '../support/blocking.js';
import type { RestAnswer } from '../support/rest-client.js';
import type { Speaker } from '../support/speaker.js';
import { CHAT, DIALECTS, everywhere, named, speaking, type Dialect } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { expectRefusal, expectUnsaid } from './support/refusals.js';

const REFUSED = 'PERMISSION_DENIED';
/** Whether the one who speaks has blocked the other, or is blocked. */
const WAYS = ['blocker', 'blocked'] as const;
type Way = (typeof WAYS)[number];

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const pairName = (a: TestUser, b: TestUser) => `private_${a.id}_${b.id}`;

const blockOf = (way: Way, speaker: TestUser, other: TestUser) =>
  way === 'blocker' ? ([app, speaker, other] as const) : ([app, other, speaker] as const);

const typesIn = ({ body }: RestAnswer) =>
  (body as { items: { type: string }[] }).items.map(({ type }) => type);

/** All that somebody can do who opens a direct conversation by saying something. */
const OPENINGS: Record<string, (other: TestUser) => readonly [event: string, payload: object][]> = {
  veza: ({ id }) => [['message', { recipient_id: id, content: 'hello' }]],
  salon: ({ id }) => [
    ['direct_message', { to_user_id: id, content: 'hello' }],
    ['direct_message', { to_user_id: id, content: '👍', message_type: 'reaction', reply_to: 1 }],
  ],
};

const opening = DIALECTS.filter(({ says }) => says.has('first direct message'));

describe.each(named(opening))('a first direct message in %s', (_, dialect) => {
  it.each(WAYS)('of the %s is refused, and makes nothing', async (way) => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [speaker, other] = [await dialect.connect(app, alice), await CHAT.connect(app, bob)];
    await block(...blockOf(way, alice, bob));
    const heard = await listenTo([other]);
    for (const name of [pairName(alice, bob), pairName(bob, alice)]) {
      await expectUnsaid(speaker, name, REFUSED);
    }
    for (const [event, payload] of OPENINGS[dialect.name]?.(bob) ?? []) {
      const isReaction = 'reply_to' in payload;
      const code = isReaction ? 'CONVERSATION_NOT_FOUND' : REFUSED;
      await expectRefusal(speaker, [event, payload], code);
    }
    const list = await (await app.as(alice)).get('/conversations');
    // Those who speak `root` are in the lobby.
    expect(typesIn(list)).not.toContain('direct');
    expect(await heard()).toEqual([]);
    await unblock(...blockOf(way, alice, bob));
    const { id } = await speaker.say({ with: bob }, 'hello');
    expect(id).toBeGreaterThan(0);
  });
});

/** Alice and bob, who have talked to each other, each in every dialect. */
async function talking() {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob], { type: 'direct' });
  const alices = await everywhere(app, alice, id);
  const bobs = await everywhere(app, bob, id);
  const { id: said } = await speaking('chat', bobs).say(id, 'hello');
  await settle([...alices, ...bobs]);
  return { id, alice, bob, alices, bobs, said };
}

/** Typing and reacting, where the dialect has a word for it; refused or not. */
async function tryAllElse(speaker: Speaker, { says }: Dialect, id: number, said: number) {
  if (says.has('typing')) await speaker.type(id, true).catch(() => undefined);
  const reaction = { room: id, content: '👍', message_type: 'reaction', reply_to: said };
  if (speaker.dialect === 'salon')
    await expectRefusal(speaker, ['room_message', reaction], REFUSED);
  const react = { messageId: said, emoji: '👍' };
  if (speaker.dialect === 'chat') await expectRefusal(speaker, ['message:react', react], REFUSED);
}

describe('between two who have talked to each other', () => {
  it.each(WAYS)('all that the %s says or does is refused in every dialect', async (way) => {
    const { id, alice, bob, alices, bobs, said } = await talking();
    await block(...blockOf(way, bob, alice));
    const heard = await listenTo(alices);
    for (const [n, dialect] of DIALECTS.entries()) {
      const speaker = bobs[n];
      if (!speaker) throw new Error('Nobody speaks it');
      await expectUnsaid(speaker, id, REFUSED);
      await tryAllElse(speaker, dialect, id, said);
    }
    for (const [event, payload] of OPENINGS.veza?.(alice) ?? []) {
      await expectRefusal(speaking('veza', bobs), [event, payload], REFUSED);
    }
    const direct = { to_user_id: alice.id, content: 'hello' };
    await expectRefusal(speaking('salon', bobs), ['direct_message', direct], REFUSED);
    expect(await heard()).toEqual([]);
  });

  it('unblocking lets everything through again, in every dialect', async () => {
    const { id, alice, bob, alices, bobs } = await talking();
    await block(app, alice, bob);
    for (const speaker of bobs) await expectUnsaid(speaker, id, REFUSED);
    await unblock(app, alice, bob);
    for (const speaker of bobs) {
      const { id: last } = await speaker.say(id, 'back again');
      for (const reader of alices) await reader.hearsMessage(last);
    }
    await speaking('root', bobs).type(id, true);
    await speaking('chat', alices).hears('typing');
  });

  it('others are none the wiser, and go on talking to both', async () => {
    const { alice, bob, alices, bobs } = await talking();
    const carol = await CHAT.connect(app, someone('carol'));
    await block(app, alice, bob);
    for (const [user, speakers] of [
      [alice, alices],
      [bob, bobs],
    ] as const) {
      const { id: last } = await carol.say({ with: user }, 'hello');
      await speaking('salon', speakers).hearsMessage(last);
    }
  });
});
