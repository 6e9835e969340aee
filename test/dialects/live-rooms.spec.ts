import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/ports/event-bus.js';
import { startApp, type TestApp } from '../support/app.js';
import { refusalOf } from '../support/live-speaker.js';
import {
  DENIED,
  dial,
  ended,
  FORBIDDEN,
  newSlug,
  NOT_FOUND,
  refusal,
} from '../support/live-shapes.js';
import { within } from '../support/patience.js';
import type { Speaker } from '../support/speaker.js';
import {
  CHAT,
  DIALECTS,
  everywhere,
  LIVE,
  named,
  VEZA,
  type Dialect,
  type DialectName,
} from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { ATTACKS } from './support/attacks.js';
import { expectHeard } from './support/heard.js';
import { expectRefusal, expectUnsaid } from './support/refusals.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp({ LIVE_ROOM_GRACE_MS: '50' })));
afterAll(() => app.stop());

const OTHERS = named(DIALECTS.filter((dialect) => dialect !== LIVE));

/** A room that came to be as somebody went there. */
async function liveRoom() {
  const slug = newSlug();
  const host = await LIVE.connect(app, someone('host'));
  const { room_id } = await host.join(slug);
  return { slug, id: Number(room_id), host };
}

/** To be called before: resolves when the service has noticed that somebody left the room. */
const departure = (id: number): Promise<void> =>
  within(
    'a departure',
    new Promise((resolve) => {
      app.get(EventBus).subscribe('room.event', ({ conversationId, event }) => {
        if (conversationId === id && event.type === 'user.left') resolve();
      });
    }),
  );

/** Resolves when a room that is empty only from now on has ended: so would all from before have. */
async function gracePasses(): Promise<void> {
  const { id, host } = await liveRoom();
  const over = ended(app, id);
  host.close();
  await over;
}

/** Says it there, and asks to join it where there is a word for that. */
async function expectClosed(speaker: Speaker, place: number | string, code: string) {
  const { join } = ATTACKS[speaker.dialect];
  await expectUnsaid(speaker, place, code);
  if (join) await expectRefusal(speaker, [join.event, join.payload(place)], code);
}

describe.each(OTHERS)('%s', (_, dialect) => {
  it('reaches a live room by its id and by its slug, and both sides hear each other', async () => {
    const { slug, id, host } = await liveRoom();
    for (const place of [id, slug]) {
      const guest = await dialect.connect(app, someone(`guest of ${place}`));
      await guest.join(place);
      await expectHeard(guest, [guest, host], place, id, 'from outside');
      await host.hears(
        'presence',
        ({ user, isOnline }) => user === guest.user.name && isOnline === true,
      );
      await expectHeard(host, [guest, host], slug, id, 'from inside');
      if (!dialect.says.has('typing')) continue;
      await guest.type(place, true);
      await host.hears('typing', ({ user }) => user === guest.user.name);
      await host.type(slug, true);
      await guest.hears('typing', ({ user }) => user === host.user.name);
      await host.type(slug, false);
    }
  });

  it('is told in its own words that there is no such room any more, once it has ended', async () => {
    const { slug, id, host } = await liveRoom();
    const guest = await dialect.connect(app, someone('guest'));
    await guest.join(id);
    await guest.say(id, 'while it lasts');
    const over = ended(app, id);
    for (const speaker of [guest, host]) speaker.close();
    await over;
    const late = await dialect.connect(app, guest.user);
    for (const place of [id, slug]) await expectClosed(late, place, 'CONVERSATION_NOT_FOUND');
  });
});

type Leave = (guest: Speaker, id: number) => void;

const WAYS_OUT: readonly (readonly [DialectName, string, Dialect, Leave])[] = [
  ...OTHERS.map(
    ([name, one]) => [name, 'is gone', one, (guest: Speaker) => guest.close()] as const,
  ),
  ['chat', 'leaves', CHAT, (guest, id) => guest.emit('conversation:leave', { conversationId: id })],
  ['veza', 'leaves', VEZA, (guest, id) => guest.emit('leave_room', { room_id: id })],
];

describe.each(WAYS_OUT)('the last in a live room, who speaks %s, until it %s', (...way) => {
  const [, , dialect, leave] = way;

  it('keeps it alive', async () => {
    const { id, host } = await liveRoom();
    const guest = await dialect.connect(app, someone('guest'));
    await guest.join(id);
    const { id: first } = await guest.say(id, 'I am here');
    const { id: second } = await guest.say(id, 'and stay');
    const gone = departure(id);
    host.close();
    await gone;
    await gracePasses();
    const witness = await LIVE.connect(app, someone('witness'));
    await witness.join(id, first);
    expect((await witness.hearsMessage(second)).text).toBe('and stay');
    await expectHeard(guest, [guest, witness], id, id, 'Is anybody else here?');
    const over = ended(app, id);
    witness.close();
    leave(guest, id);
    await over;
    const late = await LIVE.connect(app, guest.user);
    expect(await late.join(id).catch(refusalOf)).toBe(NOT_FOUND.code);
  });
});

describe('a private live room', () => {
  const owner = someone('owner');
  const slug = 'behind-the-scenes';
  let id: number;
  let owners: readonly Speaker[];

  /** In every dialect; who speaks root is in a live room once it has spoken there. */
  async function inside(user: TestUser): Promise<readonly Speaker[]> {
    const speakers = await everywhere(app, user, id);
    for (const speaker of speakers) await speaker.say(id, 'here');
    return speakers;
  }

  beforeAll(async () => {
    const query = `mutation { createChatRoom(name: "Cast", slug: "${slug}", isPublic: false) { id } }`;
    const answer = await (await app.as(owner)).post('/graphql', { query });
    const { data } = answer.body as { data: { createChatRoom: { id: number } } };
    ({ id } = data.createChatRoom);
    owners = await inside(owner);
  });

  it.each(OTHERS)('is closed to a stranger who speaks %s', async (_, dialect) => {
    const stranger = await dialect.connect(app, someone('stranger'));
    for (const place of [id, slug]) await expectClosed(stranger, place, 'PERMISSION_DENIED');
    for (const speaker of owners) await speaker.say(id, 'among us');
    await stranger.settled();
    expect(stranger.messages).toEqual([]);
  });

  it.each([
    ['a stranger who speaks live', someone('stranger')],
    ['a visitor without a token', null],
  ])('is closed to %s', async (_, user) => {
    for (const place of [id, slug]) {
      const told = await refusal(await dial(app, user, place));
      expect(told).toEqual({ ...FORBIDDEN, errors: [DENIED] });
    }
  });

  it('is open in every dialect to whom its owner adds', async () => {
    const guest = someone('guest');
    // A user is known once it came with a token.
    await (await app.as(guest)).get('/users/me');
    const added = await (await app.as(owner)).put(`/conversations/${id}/participants/${guest.id}`);
    expect(added.status).toBe(204);
    const guests = await inside(guest);
    for (const speaker of [...owners, ...guests]) {
      await expectHeard(speaker, [...owners, ...guests], id, id, `in ${speaker.dialect}`);
    }
  });
});
