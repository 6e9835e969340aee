import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AWAY, SERVICE, type Stay } from '../../src/core/model/presence.js';
import { Nodes } from '../../src/core/ports/nodes.js';
import { joinNodes, type Membership } from '../../src/persistence/nodes/nodes.js';
import { startApp, type TestApp } from '../support/app.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { someone, type TestUser } from '../support/tokens.js';
import {
  connections,
  entered,
  startNode,
  until,
  type PresenceNode,
} from '../contracts/support/presence-nodes.js';

describeWithRedis('a node whose users are on another node, too', () => {
  let server: RedisServer;
  let app: TestApp;
  let membership: Membership;
  let other: PresenceNode<Nodes>;
  const [alice, bob, admin] = [someone('alice'), someone('bob'), someone('root', ['admin'])];

  beforeAll(async () => {
    server = await RedisServer.start();
    app = await startApp({ REDIS_URL: server.url, MAX_CONNECTIONS_PER_USER: '3' });
    await join();
  });
  afterAll(async () => {
    await membership.close();
    await app.stop();
    await server.remove();
  });
  beforeEach(async () => {
    other = await startNode(server.url, membership.nodes, 'causerie');
  });
  afterEach(async () => {
    for (const userId of [alice, bob].map(({ id }) => String(id))) {
      await other.store.put({ place: SERVICE, userId, username: '' }, AWAY);
    }
    await other.stop();
  });

  /** There is another node, and this one knows it. */
  const join = async () => {
    membership = await joinNodes(app.database.url);
    const { id } = membership.nodes;
    await until(() => app.get(Nodes).living.has(id));
  };
  /** What the other one calls out. */
  const callOut = (channel: number | 'all', name: string, event: object) =>
    server.command(
      'SPUBLISH',
      `causerie:c:${channel}`,
      `${membership.nodes.id} ${JSON.stringify({ name, event })}`,
    );
  const elsewhere = (place: number | typeof SERVICE, { id, name }: TestUser, stay: Stay) =>
    other.store.put({ place, userId: String(id), username: name }, stay);
  const stats = async () => (await (await app.as(admin)).get('/monitoring/chat/stats')).body;

  it('counts them among those who are there, and once', async () => {
    const id = await app.conversation([alice, bob], { type: 'live' });
    const client = await app.connect(alice);
    await elsewhere(SERVICE, bob, connections(2));
    await elsewhere(id, bob, entered(2));
    await elsewhere(id, alice, entered(1));
    expect((await client.join(id)).onlineUsers).toEqual([alice.id, bob.id]);
    const asked = await client.expect('conversation:users:online', { conversationId: id });
    expect(asked.onlineUsers).toEqual([alice.id, bob.id]);
    expect(await stats()).toEqual({ total_connections: 3, active_rooms: 1, rooms: { [id]: 4 } });
    const viewer = await app.live(bob, `room/${id}`);
    const [welcome] = viewer.frames;
    expect(welcome?.data).toMatchObject({ connection_count: 5 });
    viewer.close();
    client.close();
    await elsewhere(id, bob, AWAY);
    await elsewhere(id, alice, AWAY);
  });

  it('lists their rooms, with all the people in them', async () => {
    const id = await app.conversation([alice, bob], { type: 'live', allowAnonymous: true });
    await elsewhere(id, bob, entered(2));
    const query = { query: '{ chatRooms { id participantCount } }' };
    const listed = await (await app.as(alice)).post('/graphql', query);
    expect(listed.body).toEqual({ data: { chatRooms: [{ id, participantCount: 1 }] } });
    await elsewhere(id, bob, AWAY);
  });

  it('lets in no more than there may be in a live room', async () => {
    const fields = { type: 'live', maxParticipants: 2 };
    const id = await app.conversation([alice, bob], fields);
    await elsewhere(id, someone('one'), entered());
    await elsewhere(id, someone('two'), entered());
    const client = await app.connect(alice);
    const refused = await client.request('conversation:join', { conversationId: id });
    expect(refused).toMatchObject({ success: false, error: { code: 'CONVERSATION_FULL' } });
    await other.store.clear(id);
    await client.join(id);
    client.close();
  });

  it('lets a user have as many connections as one may have, over both', async () => {
    await elsewhere(SERVICE, alice, connections(2));
    const first = await app.connect(alice);
    await expect(app.connect(alice)).rejects.toThrow();
    await elsewhere(SERVICE, alice, connections(1));
    const second = await app.connect(alice);
    first.close();
    second.close();
  });

  it('says of nobody that he went, or came, who is on the other still', async () => {
    const id = await app.conversation([alice, bob]);
    const [watcher, viewer] = [await app.connect(alice), await app.salon(alice)];
    await watcher.join(id);
    await elsewhere(SERVICE, bob, connections(1));
    const visit = await app.connect(bob);
    await visit.join(id);
    visit.close();
    await until(async () => (await other.store.find(SERVICE, String(bob.id))).connections === 1);
    await elsewhere(SERVICE, bob, AWAY);
    const again = await app.connect(bob);
    await watcher.next('user:online');
    again.close();
    await watcher.next('user:offline');
    const heard = watcher.log.map(({ event }) => event).filter((name) => name.startsWith('user:'));
    expect(heard).toEqual(['user:online', 'user:offline']);
    watcher.close();
    viewer.close();
  });

  it('tells of who came and went on the other where nobody heard it called out', async () => {
    const id = await app.conversation([alice, bob]);
    const watcher = await app.connect(alice);
    await watcher.join(id);
    // It looks for what it may have missed where it may have missed something.
    await server.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await elsewhere(SERVICE, bob, connections(1));
    await until(() => watcher.log.some(({ event }) => event === 'user:online'));
    await elsewhere(SERVICE, bob, AWAY);
    await until(() => watcher.log.some(({ event }) => event === 'user:offline'));
    const heard = watcher.log.map(({ event }) => event).filter((name) => name.startsWith('user:'));
    expect(heard).toEqual(['user:online', 'user:offline']);
    watcher.close();
  }, 90_000);

  it('contradicts another node that took him for gone', async () => {
    const id = await app.conversation([alice, bob]);
    const [watcher, visit] = [await app.connect(alice), await app.connect(bob)];
    await watcher.join(id);
    await visit.join(id);
    const before = watcher.log.length;
    const change = { userId: String(bob.id), username: 'bob', isOnline: false };
    await callOut('all', 'presence.changed', {
      change: { ...change, lastSeen: new Date() },
      conversationIds: [id],
    });
    await until(() => watcher.log.slice(before).some(({ event }) => event === 'user:online'));
    const heard = watcher.log.slice(before).map(({ event }) => event);
    expect(heard.filter((name) => name.startsWith('user:'))).toEqual([
      'user:offline',
      'user:online',
    ]);
    watcher.close();
    visit.close();
  });

  it('contradicts another node that took him out of a room', async () => {
    const id = await app.conversation([alice, bob]);
    const [watcher, viewer] = [await app.salon(alice), await app.live(alice, `room/${id}`)];
    await watcher.join(id);
    const visit = await app.live(bob, `room/${id}`);
    await watcher.next('user_connected');
    await viewer.next('user_joined');
    for (const type of ['user.left', 'user.disconnected'] as const) {
      const event = { type, userId: String(bob.id), username: 'bob' };
      await callOut(id, 'room.event', { conversationId: id, event });
    }
    await watcher.next('user_connected');
    await viewer.next('user_joined');
    const [read, seen] = [await watcher.settled(), await viewer.settled()];
    const presence = ({ event }: { event: string }) => event.startsWith('user_');
    expect(seen.filter(presence).map(({ event }) => event)).toEqual([
      ...['user_joined', 'user_left', 'user_joined'],
    ]);
    expect(read.filter(presence).map(({ event }) => event)).toEqual([
      ...['user_connected', 'user_disconnected', 'user_connected'],
    ]);
    for (const client of [watcher, viewer, visit]) client.close();
  });

  it('says nothing of one who is put out here and is there on the other still', async () => {
    const id = await app.conversation([alice, bob]);
    const watcher = await app.live(alice, `room/${id}`);
    const visit = await app.live(bob, `room/${id}`);
    await watcher.next('user_joined');
    await elsewhere(id, bob, entered());
    await (await app.as(alice)).delete(`/conversations/${id}/participants/${bob.id}`);
    await visit.closed();
    await watcher.settled();
    expect(watcher.received('user_left')).toEqual([]);
    await elsewhere(id, bob, AWAY);
    watcher.close();
  });

  it('tells of those whom a node that died left behind, of each once', async () => {
    const id = await app.conversation([alice, bob]);
    const [watcher, viewer] = [await app.connect(alice), await app.live(alice, `room/${id}`)];
    await watcher.join(id);
    await elsewhere(SERVICE, bob, connections(1));
    await elsewhere(id, bob, entered());
    await elsewhere(SERVICE, alice, connections(1));
    other.kill();
    const { id: dead } = membership.nodes;
    await membership.close();
    await until(() => !app.get(Nodes).living.has(dead));
    const longAgo = String(Date.now() - 100_000);
    await server.command('HSET', 'causerie:presence:nodes', dead, longAgo);
    expect(await watcher.next('user:offline')).toMatchObject({ userId: bob.id, username: 'bob' });
    expect(await viewer.next('user_left')).toMatchObject({ username: 'bob' });
    await watcher.settled();
    expect(watcher.log.filter(({ event }) => event === 'user:offline')).toHaveLength(1);
    const seen = await app.database.query(
      `SELECT last_seen_at FROM users WHERE id = '${bob.id}' AND last_seen_at IS NOT NULL`,
    );
    expect(seen).toHaveLength(1);
    watcher.close();
    viewer.close();
    await join();
  });

  it('serves its own users as before while Redis is away', async () => {
    await server.down();
    const id = await app.conversation([alice, bob]);
    const [watcher, visit] = [await app.connect(alice), await app.connect(bob)];
    await watcher.join(id);
    expect((await visit.join(id)).onlineUsers).toEqual([alice.id, bob.id]);
    visit.close();
    await watcher.next('user:offline');
    await server.up();
    await until(async () => (await other.store.occupancy()).get(id) === 1);
    watcher.close();
    await until(async () => (await other.store.occupancy()).size === 0);
  });
});
