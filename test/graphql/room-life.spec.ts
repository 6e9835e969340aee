import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoomLeaseStore } from '../../src/core/ports/room-lease-store.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor } from '../support/tokens.js';
import { end } from './support/announced.js';
import { graphql, type GraphqlClient } from './support/graphql-client.js';

const [alice, bob] = [someone('alice'), someone('bob')];

describe('a room made by createChatRoom', () => {
  let app: TestApp;
  let a: GraphqlClient;
  beforeAll(async () => {
    app = await startApp({ LIVE_ROOM_GRACE_MS: '50' });
    a = await graphql(app, alice);
  });
  afterAll(() => app.stop());

  const isThere = async (id: number) =>
    (await app.database.query('SELECT 1 FROM conversations WHERE id = $1', [id])).length > 0;
  /** Resolves when another room, made after whatever came before, has come and gone. */
  const anotherHasGone = async () => {
    const { id } = await a.room();
    const ended = end(app, id);
    (await app.live(alice, `room/${id}`)).close();
    await ended;
  };
  const codeOf = async (path: string) => (await app.dialRaw(path).closed()).code;

  it('ends after its first client, with everything in it', async () => {
    const { id } = await a.room({ slug: 'first-and-last' });
    const client = await app.live(alice, 'room/first-and-last');
    await client.request('chat_message', { message: 'anyone?' }, 'chat_message');
    const ended = end(app, id);
    client.close();
    await ended;
    expect(await isThere(id)).toBe(false);
    for (const table of ['messages', 'participants', 'room_leases']) {
      const sql = `SELECT 1 FROM ${table} WHERE conversation_id = $1`;
      expect(await app.database.query(sql, [id])).toEqual([]);
    }
    expect(await codeOf(`/chat/ws/room/${id}`)).toBe(4004);
    const next = await a.room({ slug: 'first-and-last' });
    expect(next.id).not.toBe(id);
  });

  it('ends after its last client, whatever that one spoke', async () => {
    const { id } = await a.room();
    const [live, chat] = [await app.live(bob, `room/${id}`), await app.connect(alice)];
    await chat.join(id);
    live.close();
    await anotherHasGone();
    expect(await isThere(id)).toBe(true);
    const ended = end(app, id);
    await chat.expect('conversation:leave', { conversationId: id });
    await ended;
    expect(await isThere(id)).toBe(false);
  });

  it('waits an hour for its first client, and no sweep takes it before', async () => {
    const { id } = await a.room();
    const [row] = await app.database.query(
      'SELECT round(extract(epoch FROM kept_until - created_at) / 60)::integer AS minutes FROM conversations WHERE id = $1',
      [id],
    );
    expect(row).toEqual({ minutes: 60 });
    const leases = app.get(RoomLeaseStore);
    expect(await leases.abandoned()).not.toContain(id);
    expect(await leases.giveUp(id)).toBe(false);
    await app.database.query('UPDATE conversations SET kept_until = now() WHERE id = $1', [id]);
    expect(await leases.abandoned()).toContain(id);
    expect(await leases.giveUp(id)).toBe(true);
    expect(await isThere(id)).toBe(false);
  });

  it('goes on waiting when somebody came whom it does not let in', async () => {
    const { id } = await a.room({ isPublic: false });
    expect(await codeOf(`/chat/ws/room/${id}`)).toBe(4003);
    expect(await codeOf(`/chat/ws/room/${id}?token=${await tokenFor(bob)}`)).toBe(4003);
    await anotherHasGone();
    expect(await isThere(id)).toBe(true);
    const owner = await app.live(alice, `room/${id}`);
    expect(owner.frames[0]?.data).toMatchObject({ room_id: id, connection_count: 1 });
  });

  it('lets in, where it is private, whom its owner has added', async () => {
    const { id } = await a.room({ isPublic: false });
    await (await app.as(bob)).get('/users/me');
    await (await app.as(alice)).put(`/conversations/${id}/participants/${bob.id}`);
    const guest = await app.live(bob, `room/${id}`);
    expect(guest.frames[0]?.data).toMatchObject({ room_id: id });
  });

  it('is one in which its owner may ban, who is no more than a user elsewhere', async () => {
    const { id } = await a.room();
    const owner = await app.live(alice, `room/${id}`);
    const guest = await app.live(bob, `room/${id}`);
    const ban = { action: 'ban', duration_minutes: 0 };
    guest.send('moderation_action', { ...ban, target_user_id: alice.id });
    expect(await guest.next('error')).toMatchObject({ code: 'PERMISSION_DENIED' });
    owner.send('moderation_action', { ...ban, target_user_id: bob.id });
    const told = { ...ban, target_user_id: bob.id, moderator_user_id: alice.id };
    expect(await guest.next('moderation_action')).toMatchObject(told);
    expect(await owner.next('moderation_action')).toMatchObject(told);
    expect((await guest.closed()).code).toBe(4003);
    expect(await codeOf(`/chat/ws/room/${id}?token=${await tokenFor(bob)}`)).toBe(4003);
    expect(await a.rooms([id])).toMatchObject([{ participantCount: 1 }]);
  });
});
