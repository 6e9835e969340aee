import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { within } from '../support/patience.js';
import { someone, tokenFor } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** An Engine.IO connection over which a test says what it likes. */
async function engine(): Promise<WebSocket> {
  const url = `${app.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(url);
  await within('an open packet', new Promise((resolve) => socket.once('message', resolve)));
  return socket;
}

const closed = (socket: WebSocket): Promise<unknown> =>
  within('a close', new Promise((resolve) => socket.once('close', resolve)));

/** Every one of them gets an answer, which queues up where nobody reads. */
const CONNECT_TO_NOWHERE = `40/nowhere,${JSON.stringify({ x: 'x' })}`;

describe('an Engine.IO connection', () => {
  it('that asks for one namespace many times at once is hung up on, and leaves nothing', async () => {
    const token = await tokenFor(someone('many'));
    const socket = await engine();
    const gone = closed(socket);
    for (const _ of range(1, 500)) socket.send(`40/chat,${JSON.stringify({ token })}`);
    await gone;
    await emptied();
  });

  it('that keeps coming and going is hung up on', async () => {
    const token = await tokenFor(someone('restless'));
    const socket = await engine();
    const gone = closed(socket);
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text.startsWith('40/chat,')) socket.send('41/chat,');
      if (text.startsWith('40/chat,')) socket.send(`40/chat,${JSON.stringify({ token })}`);
    });
    socket.send(`40/chat,${JSON.stringify({ token })}`);
    await gone;
    await emptied();
  });

  it('that goes away while it is being let in leaves nothing', async () => {
    const token = await tokenFor(someone('hasty'));
    for (const namespace of ['', '/chat,']) {
      for (const _ of range(1, 20)) {
        const socket = await engine();
        const gone = closed(socket);
        socket.send(`40${namespace}${JSON.stringify({ token })}`, () => socket.terminate());
        await gone;
      }
    }
    const last = await app.connect(someone('last'));
    last.close();
    await emptied();
  });

  it('of a client who does not read what it is refused with is hung up on', async () => {
    const token = await tokenFor(someone('deaf'));
    const socket = await engine();
    // Let in somewhere, or its time to connect would be up before the bound is reached.
    const entered = new Promise((resolve) => socket.once('message', resolve));
    socket.send(`40/chat,${JSON.stringify({ token })}`);
    await entered;
    socket.pause();
    let sent = 0;
    // As fast as it takes them: without a bound, it would take them for ever.
    const pour = () => {
      for (let n = 0; n < 2_000 && socket.readyState === WebSocket.OPEN; n++, sent++) {
        socket.send(CONNECT_TO_NOWHERE);
      }
    };
    const pouring = setInterval(() => socket.bufferedAmount < 1_000_000 && pour(), 1);
    try {
      await emptied();
    } finally {
      clearInterval(pouring);
      socket.terminate();
    }
    expect(sent).toBeGreaterThan(10_000);
  });
});

/** Resolves when nobody is registered any more. */
async function emptied(): Promise<void> {
  const registry = app.get(Registry);
  await within(
    'an empty registry',
    (async () => {
      while (registry.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    })(),
  );
}
