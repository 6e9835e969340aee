import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Connection } from '../../src/realtime/connection.js';
import { Registry } from '../../src/realtime/registry.js';
import { judgeWrite } from '../../src/transport/back-pressure.js';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import type { FrameClient } from '../support/frame-client.js';
import { someone, type TestUser } from '../support/tokens.js';

const MB = 1024 * 1024;
/** As many bytes as two hundred ordinary messages, so that few of them fill a queue. */
const TEXT = '€'.repeat(20_000);

describe('a write to a socket', () => {
  it.each([
    [0, 'write', 'write'],
    [MB - 1, 'write', 'write'],
    [MB, 'write', 'skip'],
    [8 * MB - 1, 'write', 'skip'],
    [8 * MB, 'hang-up', 'hang-up'],
    [100 * MB, 'hang-up', 'hang-up'],
  ])('with %d bytes waiting: a message %s, typing and presence %s', (queued, message, typing) => {
    expect(judgeWrite(queued, false)).toBe(message);
    expect(judgeWrite(queued, true)).toBe(typing);
  });
});

let app: TestApp;
beforeAll(async () => void (app = await startApp({ MAX_MESSAGE_LENGTH: '20000' })));
afterAll(() => app.stop());

/** Of either transport, where it keeps what it could not send yet. */
interface Internals {
  readonly socket: { readonly bufferedAmount: number };
  readonly engine?: { readonly queuedBytes: number };
}

function queuedBytes(connection: Connection): number {
  const { engine, socket } = connection as unknown as Internals;
  return engine ? engine.queuedBytes : socket.bufferedAmount;
}

const connectionsOf = ({ id }: TestUser) => [...app.get(Registry).connectionsOf(String(id))];

class Scene {
  readonly sent: string[] = [];
  private constructor(
    readonly room: number,
    readonly author: ChatClient,
    readonly reader: TestUser,
    readonly guests: readonly TestUser[],
  ) {}

  static async set(): Promise<Scene> {
    const [author, reader, ...guests] = ['author', 'reader', 'guest', 'late guest'].map((name) =>
      someone(name),
    ) as [TestUser, TestUser, ...TestUser[]];
    const room = await app.conversation([author, reader, ...guests]);
    const writing = await app.connect(author, { transports: ['websocket'] });
    await writing.join(room);
    return new Scene(room, writing, reader, guests);
  }

  async send(text = TEXT): Promise<void> {
    const content = `${this.sent.length} ${text}`.slice(0, TEXT.length);
    await this.author.send(this.room, content);
    this.sent.push(content);
  }

  /** Sends until the reader, who does not read, has so much waiting for it. */
  async sendUntilWaiting(bytes: number): Promise<void> {
    const [connection] = connectionsOf(this.reader);
    if (!connection) throw new Error('The reader is not connected');
    while (queuedBytes(connection) < bytes) await this.send();
  }

  /** Sends until the reader, who does not read, is hung up on. */
  async sendUntilGone(): Promise<void> {
    while (connectionsOf(this.reader).length > 0) await this.send();
  }

  /** Somebody comes, types, and goes on being there. */
  async visit(guest: TestUser | undefined): Promise<void> {
    if (!guest) throw new Error('No such guest');
    const client = await app.connect(guest);
    await client.join(this.room);
    await client.expect('message:typing', { conversationId: this.room, isTyping: true });
  }
}

describe('a reader that lags behind', () => {
  it('on a raw socket loses presence first, and no message', async () => {
    const scene = await Scene.set();
    const reader = await app.salon(scene.reader);
    await reader.join(scene.room);
    reader.socket.pause();
    await scene.sendUntilWaiting(1.5 * MB);
    await scene.visit(scene.guests[0]);
    await scene.send('the last');
    reader.socket.resume();

    for (const content of scene.sent) {
      expect((await reader.next('room_message')).content === content).toBe(true);
    }
    const { received } = namesTold(reader, 'user_connected');
    expect(received()).not.toContain('guest');
    await scene.visit(scene.guests[1]);
    await reader.next('user_connected', ({ username }) => username === 'late guest');
    expect(reader.socket.readyState).toBe(reader.socket.OPEN);
  });

  it('on Socket.IO loses typing and presence first, and no message', async () => {
    const scene = await Scene.set();
    const reader = await app.connect(scene.reader, { transports: ['websocket'] });
    await reader.join(scene.room);
    const connectedAs = reader.socket.id;
    wireOf(reader).pause();
    await scene.sendUntilWaiting(1.5 * MB);
    await scene.visit(scene.guests[0]);
    await scene.send('the last');
    wireOf(reader).resume();

    for (const content of scene.sent) {
      const { message } = (await reader.next('message:new')) as { message: { content: string } };
      expect(message.content === content).toBe(true);
    }
    expect(reader.received('user:online')).toEqual([]);
    expect(reader.received('user:typing').filter(({ isTyping }) => isTyping)).toEqual([]);
    await scene.visit(scene.guests[1]);
    await reader.next('user:typing', ({ isTyping }) => isTyping === true);
    expect(reader.socket.id).toBe(connectedAs);
  });
});

describe('a reader that is lost', () => {
  it('on a raw socket is closed with 1013, and offline at once; it catches up when it returns', async () => {
    const scene = await Scene.set();
    const reader = await app.salon(scene.reader);
    await reader.join(scene.room);
    reader.socket.pause();
    const [connection] = connectionsOf(scene.reader);
    await scene.sendUntilGone();
    await scene.author.next('user:offline', ({ userId }) => userId === scene.reader.id);
    const kept = connection ? queuedBytes(connection) : 0;
    for (let n = 0; n < 20; n++) await scene.send();
    expect(connection && queuedBytes(connection)).toBe(kept);
    reader.socket.resume();
    expect((await reader.closed()).code).toBe(1013);

    const again = await app.salon(scene.reader);
    await again.join(scene.room);
    expect(await historyOf(again, scene.room)).toEqual(scene.sent);
  });

  it('on Socket.IO is closed with 1013, too; it returns by itself, and catches up', async () => {
    const scene = await Scene.set();
    const reader = await app.connect(scene.reader, {
      ...{ transports: ['websocket'], reconnectionDelay: 50 },
    });
    await reader.join(scene.room);
    const wire = wireOf(reader);
    const closed = new Promise((resolve) => wire.once('close', resolve));
    wire.pause();
    await scene.sendUntilGone();
    wire.resume();
    expect(await closed).toBe(1013);

    await reader.connected();
    const seen = reader.received('message:new').length;
    expect(seen).toBeLessThan(scene.sent.length);
    const contents: string[] = [];
    for (let isComplete = false; !isComplete;) {
      const { missed, hasMore } = await reader.join(scene.room, seen + contents.length);
      contents.push(...(missed as { content: string }[]).map(({ content }) => content));
      isComplete = !hasMore;
    }
    expect(contents).toEqual(scene.sent.slice(seen));
  });
});

function namesTold(client: FrameClient, type: string) {
  return { received: () => client.received(type).map(({ username }) => username) };
}

/** Its side of the TCP connection: while it is paused, nothing is read from it. */
function wireOf({ socket }: ChatClient): WebSocket {
  const { transport } = socket.io.engine as unknown as { transport: { ws: WebSocket } };
  return transport.ws;
}

/** All there is, oldest first, page by page. */
async function historyOf(client: FrameClient, room: number): Promise<unknown[]> {
  const contents: unknown[] = [];
  for (let offset = 0, hasMore = true; hasMore; offset += 100) {
    const data = { room, limit: 100, offset };
    const page = await client.request('room_history', data, 'message_history');
    const messages = page.messages as { content: string }[];
    contents.unshift(...messages.map(({ content }) => content));
    hasMore = page.has_more === true;
  }
  return contents;
}
