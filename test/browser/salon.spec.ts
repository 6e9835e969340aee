import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { sourceOfClass } from '../support/documents.js';
import { someone, tokenFor } from '../support/tokens.js';
import { describeInBrowser, launchChromium } from './chromium.js';

const SERVER_URL = 'ws://localhost:8080';

/** Document 4's client class in the page, told where the server of the test is. */
const CLIENT = sourceOfClass('salon', 'WebSocketClient');

type ClientClass = new (token: string) => {
  ws: WebSocket;
  connect(): void;
  onMessage(type: string, handler: (data: unknown) => void): void;
  joinRoom(room: string): void;
  sendRoomMessage(room: string, content: string): void;
};

describeInBrowser('document 4’s client, with a browser’s own WebSocket', () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    app = await startApp({ JWT_SECRET: '' });
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(app.url);
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  it('joins, writes and hears', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    await app.conversation([alice, bob], { type: 'public', slug: 'general' });
    expect(CLIENT).toContain(SERVER_URL);
    const source = CLIENT.replace(SERVER_URL, app.url.replace('http', 'ws'));
    await page.evaluate(`${source}; globalThis.WebSocketClient = WebSocketClient`);
    const heard = await page.evaluate(
      async (token) => {
        const { WebSocketClient } = globalThis as unknown as { WebSocketClient: ClientClass };
        const client = new WebSocketClient(token);
        client.connect();
        await new Promise((resolve) => client.ws.addEventListener('open', resolve));
        const message = new Promise((resolve) => client.onMessage('room_message', resolve));
        client.joinRoom('general');
        client.sendRoomMessage('general', 'Bonjour');
        return message;
      },
      await tokenFor(bob),
    );
    expect(heard).toMatchObject({ room: 'general', content: 'Bonjour', username: 'bob' });
  });

  it('compresses, when the page asks as the document shows', async () => {
    const url = `${app.url.replace('http', 'ws')}/ws/chat?token=${await tokenFor(someone('carol'))}`;
    const asked = await page.evaluate(async (target) => {
      const socket = new WebSocket(target, ['permessage-deflate']);
      await new Promise((resolve) => socket.addEventListener('open', resolve));
      const pong = new Promise((resolve) =>
        socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data)))),
      );
      socket.send(JSON.stringify({ type: 'ping', data: {} }));
      return { protocol: socket.protocol, extensions: socket.extensions, pong: await pong };
    }, url);
    expect(asked).toMatchObject({ protocol: 'permessage-deflate', pong: { type: 'pong' } });
    expect(asked.extensions).toContain('permessage-deflate');
  });
});
