import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { STATS } from '../support/live-samples.js';
import { someone, type TestUser } from '../support/tokens.js';
import { expectProblem } from './support/problems.js';

interface Stats {
  readonly total_connections: number;
  readonly active_rooms: number;
  readonly rooms: Readonly<Record<string, number>>;
}

const NOBODY: Stats = { total_connections: 0, active_rooms: 0, rooms: {} };

const [alice, bob, admin] = [someone('alice'), someone('bob'), someone('root', ['admin'])];

describe('GET /monitoring/chat/stats', () => {
  let app: TestApp;
  const clients: { close(): void }[] = [];
  beforeAll(async () => void (app = await startApp()));
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await statsOnceThereAre(0);
  });
  afterAll(() => app.stop());

  const kept = <C extends { close(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  const chat = async (user: TestUser) => kept(await app.connect(user));
  const live = async (user: TestUser | null, room: number | string) =>
    kept(await app.live(user, `room/${room}`));
  const stats = async () =>
    (await (await app.as(admin)).get('/monitoring/chat/stats')).body as Stats;
  /** Asks until the connections that were closed are counted out. */
  const statsOnceThereAre = async (count: number) => {
    let now = await stats();
    while (now.total_connections !== count) now = await stats();
    return now;
  };

  it('is for administrators', async () => {
    for (const roles of [[], ['user'], ['moderator']]) {
      const client = await app.as(someone('other', roles));
      expectProblem(await client.get('/monitoring/chat/stats'), 'PERMISSION_DENIED', 403);
    }
  });

  it('counts connections, and per room those that joined it', async () => {
    expect(await stats()).toEqual(NOBODY);
    const [x, y] = [await app.conversation([alice, bob]), await app.conversation([alice])];
    const [first, second, third] = [await chat(alice), await chat(alice), await chat(bob)];
    for (const client of [first, second, third]) await client.join(x);
    await first.join(y);
    expect(await stats()).toEqual({
      total_connections: 3,
      active_rooms: 2,
      rooms: { [x]: 3, [y]: 1 },
    });
    await first.expect('conversation:leave', { conversationId: y });
    expect(await stats()).toEqual({ total_connections: 3, active_rooms: 1, rooms: { [x]: 3 } });
  });

  it('no longer counts a client that went', async () => {
    const id = await app.conversation([alice, bob]);
    const [watcher, guest, leaver] = [await chat(alice), await chat(bob), await chat(bob)];
    for (const client of [watcher, leaver]) await client.join(id);
    guest.close();
    leaver.close();
    expect(await statsOnceThereAre(1)).toEqual({
      total_connections: 1,
      active_rooms: 1,
      rooms: { [id]: 1 },
    });
  });

  it('answers what document 5 shows, where that is so', async () => {
    const { rooms: documented } = STATS as unknown as Stats;
    const rooms: Record<string, number> = {};
    for (const [name, size] of Object.entries(documented)) {
      const id = await app.conversation([alice], { type: 'live', allowAnonymous: true });
      rooms[id] = size;
      // As many sockets as people: some of them without a name.
      for (let n = 0; n < size; n++) await live(n % 2 ? someone(`watcher ${name}`) : null, id);
    }
    const answer = await stats();
    expect(answer).toStrictEqual({ ...STATS, rooms });
    expect(Object.keys(answer)).toEqual(Object.keys(STATS));
  });

  it('counts sockets, those of visitors without a token and of one user among them', async () => {
    const first = await live(null, 'counted');
    const { room_id: id } = first.frames[0]?.data as { room_id: number };
    await live(null, 'counted');
    await live(alice, 'counted');
    const leaver = await live(alice, id);
    await (await chat(alice)).join(id);
    await chat(bob);
    expect(await stats()).toEqual({
      total_connections: 6,
      active_rooms: 1,
      rooms: { [id]: 5 },
    });
    leaver.close();
    expect((await statsOnceThereAre(5)).rooms).toEqual({ [id]: 4 });
  });

  it('knows no room after its last client, though it may be kept for another', async () => {
    const last = await live(null, 'kept-a-while');
    last.close();
    expect(await statsOnceThereAre(0)).toEqual(NOBODY);
    const sql = `SELECT 1 FROM conversations WHERE slug = 'kept-a-while'`;
    expect(await app.database.query(sql)).toHaveLength(1);
  });

  it('does not count who is refused', async () => {
    const id = await app.conversation([alice], { type: 'live' });
    expect((await app.dialRaw(`/chat/ws/room/${id}`).closed()).code).toBe(4003);
    expect((await app.dialRaw('/chat/ws/room/999999').closed()).code).toBe(4004);
    expect((await app.dialRaw(`/chat/ws/room/${id}?token=x`).closed()).code).toBe(1008);
    expect(await stats()).toEqual(NOBODY);
  });
});
