import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import {
  MAY_NOT_MODERATE,
  refusedSanction,
  sanction,
  withRole,
} from '../support/live-moderation.js';
import {
  anError,
  dial,
  FORBIDDEN,
  gatherLive,
  refusal,
  roomIdOf,
  speak,
  userData,
} from '../support/live-shapes.js';
import { someone } from '../support/tokens.js';

const SILENCED = 'You are muted or banned';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Lets the time pass that sanctions of the room last: a minute is the least. */
const elapse = (roomId: number) =>
  app.database.query(
    `UPDATE sanctions SET expires_at = now() - interval '1 second'
     WHERE conversation_id = $1 AND expires_at IS NOT NULL`,
    [roomId],
  );

describe('a ban', () => {
  it('is told to all, the target too, whose sockets close then, and who cannot come back', async () => {
    const { place, id, users, clients } = await gatherLive(app, ['bob', 'carol', null]);
    const [bob, ...others] = clients;
    const second = await app.live(users[0], place);
    const admin = withRole('admin');
    const ruler = await app.live(admin, place);
    const told = await sanction(ruler, 'ban', users[0]);
    for (const client of [...others, bob, second]) {
      expect(await client.next('moderation_action')).toStrictEqual(told);
    }
    for (const client of [bob, second]) {
      expect(await client.closed()).toEqual(FORBIDDEN);
      expect(client.frames.at(-1)).toMatchObject({ type: 'moderation_action' });
    }
    for (const client of [...others, ruler]) {
      expect(await client.next('user_left')).toStrictEqual(userData(users[0]));
    }
    for (const name of [id, place.replace('room/', '')]) {
      const banned = { ...FORBIDDEN, errors: [anError(SILENCED, 'BANNED')] };
      expect(await refusal(await dial(app, users[0], name))).toEqual(banned);
    }
  });

  it('is of this room alone: elsewhere the target stays, and hears nothing of it', async () => {
    const { place, users } = await gatherLive(app, ['bob']);
    const elsewhere = await gatherLive(app, ['carol']);
    const there = await app.live(users[0], elsewhere.place);
    await sanction(await app.live(withRole('admin'), place), 'ban', users[0]);
    await speak(there, 'free here');
    // A frame says nothing of the room that it is about: it is the socket's.
    expect(there.received('moderation_action')).toEqual([]);
  });

  it('keeps out who is not there, and says for how long', async () => {
    const bob = someone('bob');
    await (await app.as(bob)).get('/users/me');
    const { place, id } = await gatherLive(app, [null]);
    await sanction(await app.live(withRole('superuser'), place), 'ban', bob, 2);
    const { errors, ...closed } = await refusal(await dial(app, bob, id));
    expect(closed).toEqual(FORBIDDEN);
    const seconds = { retry_after: expect.any(Number) };
    expect(errors).toStrictEqual([anError(SILENCED, 'BANNED', seconds)]);
    expect(errors[0]?.retry_after).toBeGreaterThan(60);
    expect(errors[0]?.retry_after).toBeLessThanOrEqual(120);
  });

  it('reaches who is on the way in', async () => {
    const { place, id, users } = await gatherLive(app, ['bob', 'carol']);
    const admin = await app.live(withRole('admin'), place);
    const comers = await Promise.all(range(1, 20).map(() => dial(app, users[0], id)));
    await sanction(admin, 'ban', users[0]);
    for (const comer of comers) expect(await comer.closed()).toEqual(FORBIDDEN);
  });

  it('ends what the target was typing', async () => {
    const { place, users, clients } = await gatherLive(app, ['bob', 'carol']);
    clients[0].send('typing_start', {});
    await clients[1].next('typing_start');
    await sanction(await app.live(withRole('admin'), place), 'ban', users[0]);
    expect(await clients[1].next('typing_stop')).toMatchObject(userData(users[0]));
  });
});

describe('a mute', () => {
  it('lets the target read, and come back, and not write, on any socket', async () => {
    const { place, users, clients } = await gatherLive(app, ['bob', 'carol']);
    const [bob, carol] = clients;
    const moderator = await app.live(withRole('moderator'), place);
    const told = await sanction(moderator, 'mute', users[0]);
    expect(told).toMatchObject({ duration_minutes: 0 });
    expect(await bob.next('moderation_action')).toStrictEqual(told);
    const again = await app.live(users[0], place);
    for (const client of [bob, again]) {
      for (const [type, data] of [
        ['chat_message', { message: 'hm' }],
        ['typing_start', {}],
      ] as const) {
        const error = await client.request(type, data, 'error');
        expect(error).toStrictEqual(anError(SILENCED, 'MUTED'));
      }
      await speak(carol, 'listen');
      await client.next('chat_message', ({ message }) => message === 'listen');
    }
    await carol.settled();
    expect(carol.received('chat_message')).toHaveLength(2);
    expect(carol.received('typing_start')).toEqual([]);
  });

  it('for a time says how long it still is', async () => {
    const { place, users, clients } = await gatherLive(app, ['bob']);
    await sanction(await app.live(withRole('moderator'), place), 'mute', users[0], 60);
    const error = await clients[0].request('chat_message', { message: 'hm' }, 'error');
    expect(error).toStrictEqual(anError(SILENCED, 'MUTED', { retry_after: expect.any(Number) }));
    expect(error.retry_after).toBeGreaterThan(3_500);
    expect(error.retry_after).toBeLessThanOrEqual(3_600);
  });

  it('takes the place of the one before it', async () => {
    const { place, users, clients } = await gatherLive(app, ['bob']);
    const moderator = await app.live(withRole('moderator'), place);
    for (const minutes of [0, 60, 0]) {
      expect(await sanction(moderator, 'mute', users[0], minutes)).toMatchObject({
        duration_minutes: minutes,
      });
      const error = await clients[0].request('chat_message', { message: 'hm' }, 'error');
      expect('retry_after' in error).toBe(minutes > 0);
    }
  });

  it('stays as somebody of a higher rank has decided', async () => {
    const { place, users, clients } = await gatherLive(app, ['bob']);
    const admin = await app.live(withRole('admin'), place);
    const moderator = await app.live(withRole('moderator'), place);
    await sanction(moderator, 'mute', users[0], 1);
    await sanction(admin, 'mute', users[0]);
    const refused = await refusedSanction(moderator, 'mute', users[0].id);
    expect(refused).toStrictEqual(MAY_NOT_MODERATE);
    const error = await clients[0].request('chat_message', { message: 'hm' }, 'error');
    expect(error).toStrictEqual(anError(SILENCED, 'MUTED'));
  });

  it('is not lifted by a ban that is over', async () => {
    const { place, id, users } = await gatherLive(app, ['bob', 'carol']);
    const admin = await app.live(withRole('admin'), place);
    await sanction(admin, 'mute', users[0]);
    await sanction(admin, 'ban', users[0], 1);
    await elapse(id);
    const again = await app.live(users[0], place);
    const error = await again.request('chat_message', { message: 'hm' }, 'error');
    expect(error).toStrictEqual(anError(SILENCED, 'MUTED'));
  });
});

describe('when its time is over', () => {
  it('a mute ends by itself', async () => {
    const { place, id, users, clients } = await gatherLive(app, ['bob', 'carol']);
    await sanction(await app.live(withRole('moderator'), place), 'mute', users[0], 1);
    await clients[0].request('chat_message', { message: 'hm' }, 'error');
    await elapse(id);
    await speak(clients[0], 'at last');
    await clients[1].next('chat_message', ({ message }) => message === 'at last');
  });

  it('a ban ends by itself', async () => {
    const { place, id, users, clients } = await gatherLive(app, ['bob', 'carol']);
    await sanction(await app.live(withRole('admin'), place), 'ban', users[0], 1);
    await clients[0].closed();
    await refusal(await dial(app, users[0], id));
    await elapse(id);
    const again = await app.live(users[0], place);
    expect(roomIdOf(again)).toBe(id);
    await speak(again, 'at last');
  });
});
