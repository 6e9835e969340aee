import { beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../src/transport/admission.js';
import { startApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { freePort, ServiceProcess } from '../process/support/service.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FrameClient } from '../support/frame-client.js';
import { RawPeer } from '../support/raw-peer.js';
import { restClient } from '../support/rest-client.js';
import { SECRET, someone, tokenFor, type TestUser } from '../support/tokens.js';

const SENDS = 200;
const STOPPED = { code: 0, signal: null };
const after = cleanups();

describe('a node that drains', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let url: string;

  beforeEach(async () => {
    database = await createDatabase();
    after.add(() => database.drop());
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = new ServiceProcess({
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
      DRAIN_DELAY_MS: '0',
      RATE_LIMIT_SALON: 'off',
    });
    after.add(() => service.end());
    await service.ready();
  });

  async function connect(user: TestUser): Promise<FrameClient> {
    const path = `/ws/chat?token=${await tokenFor(user)}`;
    const client = new FrameClient(url.replace('http', 'ws') + path);
    after.add(() => client.close());
    await client.opened();
    await client.settled();
    return client;
  }

  async function roomOf(owner: TestUser, other: TestUser): Promise<number> {
    await restClient(url, await tokenFor(other)).get('/users/me');
    const body = { type: 'private', participantIds: [other.id] };
    const created = await restClient(url, await tokenFor(owner)).post('/conversations', body);
    return (created.body as { id: number }).id;
  }

  const contents = (client: FrameClient) =>
    client.received('room_message').map(({ content }) => content);

  it('answers everything, has told everyone of what it stored, and closes with 1012', async () => {
    const [author, reader] = [someone('author'), someone('reader')];
    const room = await roomOf(author, reader);
    const [writing, reading] = [await connect(author), await connect(reader)];
    for (const client of [writing, reading]) await client.join(room);
    for (let n = 0; n < SENDS; n++) {
      writing.send('room_message', { room, content: `number ${n}` });
    }
    await writing.next('room_message');
    service.kill('SIGTERM');
    for (const client of [writing, reading]) expect((await client.closed()).code).toBe(1012);
    expect(await service.exited).toEqual(STOPPED);

    const rows = await database.query('SELECT content FROM messages ORDER BY seq');
    const stored = rows.map(({ content }) => content);
    expect(contents(writing)).toEqual(stored);
    expect(contents(reading)).toEqual(stored);
    const refused = writing.received('error');
    expect(refused.length + stored.length).toBe(SENDS);
    const isFair = ({ code }: Record<string, unknown>) =>
      code === 'UNAVAILABLE' || code === 'RATE_LIMITED';
    expect(refused.filter((error) => !isFair(error))).toEqual([]);
  });

  it('does not wait for who does not answer the close', async () => {
    const asleep = await connect(someone('asleep'));
    asleep.socket.pause();
    service.kill('SIGTERM');
    expect(await service.exited).toEqual(STOPPED);
    asleep.socket.resume();
    expect((await asleep.closed()).code).toBe(1012);
  });

  it('does not wait for who comes while it stops, either, and answers no close', async () => {
    const path = `/ws/chat?token=${await tokenFor(someone('late'))}`;
    const peers: RawPeer[] = [];
    service.kill('SIGTERM');
    // One after the other, until nobody listens any more.
    for (;;) {
      const peer = await RawPeer.dial(url, path).catch(() => null);
      if (!peer) break;
      after.add(() => peer.close());
      peers.push(peer);
      expect([101, 503, 0]).toContain(await peer.status());
    }
    expect(await service.exited).toEqual(STOPPED);
    for (const peer of peers) await peer.ended();
    const codes = await Promise.all(peers.map((peer) => peer.closeCode()));
    // Refused, closed with the others, or cut off at the very end.
    expect([1006, 1012, 1013]).toEqual(expect.arrayContaining([...new Set(codes)]));
  });
});

describe('a newcomer while the node drains', () => {
  it('is told to try again: UNAVAILABLE, and 1012', async () => {
    const app = await startApp();
    after.add(() => app.stop());
    const user = someone('alice');
    const before = await app.salon(user);
    app.get(Admission).drain();
    const client = app.dialRaw(`/ws/chat?token=${await tokenFor(user)}`);
    await client.opened();
    expect(await client.next('error')).toMatchObject({ code: 'UNAVAILABLE' });
    expect((await client.closed()).code).toBe(1012);
    await before.settled();
  });
});
