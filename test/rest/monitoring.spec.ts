import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { expectProblem } from './support/problems.js';

const [alice, bob, admin] = [someone('alice'), someone('bob'), someone('root', ['admin'])];

describe('GET /monitoring/chat/stats', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  const stats = async () => (await (await app.as(admin)).get('/monitoring/chat/stats')).body;

  it('is for administrators', async () => {
    for (const roles of [[], ['user'], ['moderator']]) {
      const client = await app.as(someone('other', roles));
      expectProblem(await client.get('/monitoring/chat/stats'), 'PERMISSION_DENIED', 403);
    }
  });

  it('counts connections, and per room those that joined it', async () => {
    expect(await stats()).toEqual({ total_connections: 0, active_rooms: 0, rooms: {} });
    const [x, y] = [await app.conversation([alice, bob]), await app.conversation([alice])];
    const [first, second, third] = [
      await app.connect(alice),
      await app.connect(alice),
      await app.connect(bob),
    ];
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
    const watcher = await app.connect(alice);
    const id = await app.conversation([alice, bob]);
    await watcher.join(id);
    const before = (await stats()) as { total_connections: number };
    const guest = await app.connect(someone('guest'));
    const leaver = await app.connect(bob);
    await leaver.join(id);
    guest.close();
    leaver.close();
    // Other suites left bob a socket; the room's count is what is waited for, by its own event.
    let now = before;
    do now = (await stats()) as typeof before;
    while (now.total_connections !== before.total_connections);
    expect(now).toMatchObject({ rooms: { [id]: 1 } });
  });
});
