import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { cleanups } from '../support/cleanups.js';
import { within } from '../support/patience.js';
import { someone, tokenFor } from '../support/tokens.js';

const IDLE_MS = 1_000;

describe('a root connection whose client sends nothing', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ ROOT_IDLE_TIMEOUT_MS: String(IDLE_MS), PING_INTERVAL_MS: '100' });
  });
  afterAll(() => app.stop());
  const after = cleanups();

  /** Sends one event after another, of any kind, until what it waits for has happened. */
  async function busyUntil(done: Promise<unknown>, act: () => Promise<unknown>): Promise<void> {
    const state = { isDone: false };
    const finish = () => void (state.isDone = true);
    done.then(finish, finish);
    while (!state.isDone) await act();
    await done;
  }

  /** Connects somebody who sends nothing; `gone` tells how that ended. */
  function silence(user = someone('silent')) {
    const client = app.root(user);
    return { client, gone: client.then((connected) => connected.disconnected()) };
  }

  /** Emits on any socket of the connection, and waits for the answer. */
  const request = (socket: ChatClient['socket'], event: string, payload: unknown) =>
    within(`the ack of ${event}`, new Promise((resolve) => socket.emit(event, payload, resolve)));

  it.each(['websocket', 'polling'])(
    'is closed, however often it answered pings, over %s',
    async (transport) => {
      const since = performance.now();
      const client = await app.root(someone('silent'), { transports: [transport] });
      let pings = 0;
      client.socket.io.engine.on('packet', ({ type }) => {
        if (type === 'ping') pings++;
      });
      expect(await client.disconnected()).toBe('io server disconnect');
      // Never early: a timer that fires late is no fault here.
      expect(performance.now() - since).toBeGreaterThan(IDLE_MS - 50);
      expect(pings).toBeGreaterThan(1);
      // The client does not come back by itself, and is welcome when it does.
      expect(client.socket.active).toBe(false);
      client.socket.connect();
      await client.expect('message', { message: 'back again' });
    },
  );

  it('is closed although it receives', async () => {
    const [speaker, listener] = [someone('speaker'), someone('listener')];
    const roomId = await app.conversation([speaker, listener]);
    const voice = await app.root(speaker);
    const { client, gone } = silence(listener);
    await busyUntil(gone, () => voice.expect('message', { message: 'hello', context: { roomId } }));
    expect(await gone).toBe('io server disconnect');
    expect((await client).received('message').length).toBeGreaterThan(1);
  });

  it.each([
    ['typing', false],
    ['message', {}],
    ['an event nobody knows', {}],
  ])('stays while it sends, whatever it is: %s', async (event, payload) => {
    const busy = await app.root(someone('busy'));
    const { id } = busy.socket;
    // One who came later has been closed: the busy one was there for longer than that.
    await busyUntil(silence().gone, () => busy.request(event, payload));
    expect(busy.socket.id).toBe(id);
    expect(await busy.disconnected()).toBe('io server disconnect');
  });

  it('stays while the same connection is busy in another namespace, and goes with it', async () => {
    const user = someone('busy elsewhere');
    const auth = { token: await tokenFor(user) };
    const client = await app.root(user);
    const { id } = client.socket;
    const chat = client.socket.io.socket('/chat', { auth });
    after.add(() => chat.disconnect());
    await busyUntil(silence().gone, () => request(chat, 'conversation:list', {}));
    expect(client.socket.id).toBe(id);
    // Once it falls silent, both are closed: they are one connection.
    const closed = new Promise((resolve) => chat.once('disconnect', resolve));
    expect(await client.disconnected()).toBe('io server disconnect');
    expect(await within('a disconnect of /chat', closed)).toBe('io server disconnect');
  });

  it('leaves everybody who shares a conversation knowing that it went', async () => {
    const silent = someone('silent');
    const watcher = await app.root(someone('watcher'));
    const isGone = ({ userId, isOnline }: Record<string, unknown>) =>
      userId === String(silent.id) && isOnline === false;
    const told = silence(silent).gone.then(() => watcher.next('userStatus', isGone));
    await busyUntil(told, () => watcher.request('typing', false));
  });

  it('does not close clients of /chat, which may listen for as long as they like', async () => {
    const listener = await app.connect(someone('listener'));
    const { id } = listener.socket;
    await silence().gone;
    await listener.settled();
    expect(listener.socket.id).toBe(id);
  });
});
