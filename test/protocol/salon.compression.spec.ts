import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { FrameClient, FrameOptions } from '../support/frame-client.js';
import { contentsOf, gatherSalon } from '../support/salon-shapes.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

const NAME = 'permessage-deflate';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const ASKING: FrameOptions = { subprotocols: [NAME] };

interface Counted {
  readonly client: FrameClient;
  /** Of everything that came over the wire since the connection was made. */
  readonly bytes: () => number;
}

async function connect(user: TestUser, options: FrameOptions): Promise<Counted> {
  const client = app.dialRaw(`/ws/chat?token=${await tokenFor(user)}`, options);
  let bytes = () => 0;
  client.socket.once('upgrade', ({ socket }) => (bytes = () => socket.bytesRead));
  await client.opened();
  await client.settled();
  return { client, bytes: () => bytes() };
}

describe('compression is negotiated', () => {
  it.each([
    ['where the subprotocol asks for it', ASKING, true],
    ['where it stands among other subprotocols', { subprotocols: ['chat', NAME] }, true],
    ['not where only the extension is offered', {}, false],
    ['not where the extension is not offered', { ...ASKING, perMessageDeflate: false }, false],
  ])('%s', async (_, options, isCompressed) => {
    const { client } = await connect(someone('alice'), options);
    expect(client.socket.extensions).toBe(isCompressed ? NAME : '');
    expect(client.socket.protocol).toBe('subprotocols' in options ? NAME : '');
    await client.settled();
  });

  it('and no other subprotocol is accepted', async () => {
    const token = await tokenFor(someone('alice'));
    const client = app.dialRaw(`/ws/chat?token=${token}`, { subprotocols: ['chat', 'v2'] });
    await expect(client.opened()).rejects.toThrow('Server sent no subprotocol');
  });
});

describe('a compressing socket', () => {
  it('gets every frame in order, great and small, and fewer bytes', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice']);
    const [small, plain] = [await connect(users[0], ASKING), await connect(users[0], {})];
    for (const { client } of [small, plain]) await client.join(room);
    const contents = range(1, 200).map((n) => `${n} `.repeat(n % 3 === 0 ? 600 : 1));
    for (const content of contents) clients[0].send('room_message', { room, content });
    for (const { client } of [small, plain]) {
      for (const content of contents) {
        expect((await client.next('room_message')).content).toBe(content);
      }
      await client.settled();
      expect(contentsOf(client.received('room_message'))).toEqual(contents);
    }
    expect(small.bytes()).toBeLessThan(plain.bytes() / 2);
  });

  it('keeps the order of what others say among answers of its own', async () => {
    const { id, slug: room, users } = await gatherSalon(app, ['alice']);
    const { client } = await connect(users[0], ASKING);
    await client.join(room);
    const chat = await app.connect(users[0]);
    const long = 'long '.repeat(700);
    const writing = Promise.all(range(1, 100).map((n) => chat.send(id, `${n} ${long}`)));
    for (const _ of range(1, 20)) {
      await client.request('room_history', { room, limit: 100 }, 'message_history');
    }
    await writing;
    for (const n of range(1, 100)) {
      expect((await client.next('room_message')).content).toBe(`${n} ${long}`);
    }
  });

  it('sends compressed frames, too, which may not grow beyond the limit', async () => {
    const { slug: room, users } = await gatherSalon(app, ['alice']);
    const { client } = await connect(users[0], ASKING);
    const content = 'x'.repeat(4_000);
    const answer = await client.request('room_message', { room, content }, 'room_message');
    expect(answer).toMatchObject({ content });
    client.send('ping', { padding: 'x'.repeat(300_000) });
    expect(await client.closed()).toMatchObject({ code: 1009 });
  });
});
