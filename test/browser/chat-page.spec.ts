import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { describeInBrowser, launchChromium } from './chromium.js';

/** What the document's page names, and what stands in its place here. */
const CLIENT_URL = 'https://cdn.socket.io/4.5.4/socket.io.min.js';
const SERVER_URL = 'ws://localhost:3000/chat';

const PAGE = join(import.meta.dirname, '../documents/chat-page.html');
const CLIENT = join(
  dirname(createRequire(import.meta.url).resolve('socket.io-client-4.5.4/package.json')),
  'dist/socket.io.min.js',
);

function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`The page does not name ${what}`);
  return text.replaceAll(what, by);
}

/** The page and its client on an origin of their own, as a developer would serve them. */
async function servePage(appUrl: string): Promise<Server> {
  const document = await readFile(PAGE, 'utf8');
  const page = replaced(
    replaced(document, CLIENT_URL, '/socket.io.min.js'),
    SERVER_URL,
    `${appUrl.replace('http:', 'ws:')}/chat`,
  );
  const client = await readFile(CLIENT, 'utf8');
  const server = createServer((request, response) => {
    const isPage = request.url === '/';
    response.setHeader('content-type', isPage ? 'text/html; charset=utf-8' : 'text/javascript');
    response.end(isPage ? page : client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describeInBrowser('document 1’s own page', () => {
  let app: TestApp;
  let pages: Server;
  let browser: Browser;
  let context: BrowserContext;
  const errors: string[] = [];

  beforeAll(async () => {
    // Without a key of its own the service is in development mode: loopback pages may talk to it.
    app = await startApp({ JWT_SECRET: '' });
    pages = await servePage(app.url);
    browser = await launchChromium();
    context = await browser.newContext();
    context.setDefaultTimeout(15_000);
  });
  afterAll(async () => {
    await browser.close();
    pages.closeAllConnections();
    await new Promise((resolve) => pages.close(resolve));
    await app.stop();
  });

  /** Opens the page; fills in and presses what a person would. */
  async function open(user: TestUser, conversationId: number): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    await page.locator('#token').fill(await tokenFor(user));
    await page.getByText('Connexion').click();
    await shows(page, 'Système: Connecté au serveur');
    await page.locator('#conversationId').fill(String(conversationId));
    await page.getByText('Rejoindre').click();
    // What the server answers, whatever its words.
    await page.locator('#messages > div:nth-child(2)').waitFor();
    expect(await page.locator('#messages > div:nth-child(2)').textContent()).toMatch(
      /^Système: \S/,
    );
    return page;
  }

  const shows = (page: Page, text: string) =>
    page.locator('#messages > div').filter({ hasText: text }).first().waitFor();

  async function send(page: Page, text: string): Promise<void> {
    await page.locator('#message').fill(text);
    await page.getByText('Envoyer').click();
    // The page clears its input when the ack says success.
    await page.waitForFunction(`document.getElementById('message').value === ''`);
  }

  it('connects, joins, and two of them hold a conversation', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [a, b] = [await open(alice, id), await open(bob, id)];
    await send(a, 'Bonjour, je souhaite prendre rendez-vous...');
    await shows(b, `User ${alice.id}: Bonjour, je souhaite prendre rendez-vous...`);
    await send(b, 'Avec plaisir 👋');
    for (const page of [a, b]) {
      await shows(page, `User ${bob.id}: Avec plaisir 👋`);
      const lines = await page.locator('#messages > div').allTextContents();
      expect(lines.slice(2)).toEqual([
        `User ${alice.id}: Bonjour, je souhaite prendre rendez-vous...`,
        `User ${bob.id}: Avec plaisir 👋`,
      ]);
    }
    expect(errors).toEqual([]);
  });

  it('shows that somebody is typing', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const page = await open(alice, id);
    const typist = await app.connect(bob);
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    await shows(page, `Système: User ${bob.id} est en train d'écrire...`);
  });

  it('keeps its text and shows the reason when it may not send', async () => {
    const id = await app.conversation([someone('alice')]);
    const page = await open(someone('stranger'), id);
    const answers = await page.locator('#messages > div').allTextContents();
    expect(answers[1]).toMatch(/^Système: .*(part|allowed)/);
    await page.locator('#message').fill('let me in');
    await page.getByText('Envoyer').click();
    // A round trip on the page's own socket: the answer to the send came before it.
    await page.evaluate(`new Promise((resolve) => socket.emit('conversation:list', {}, resolve))`);
    expect(await page.locator('#message').inputValue()).toBe('let me in');
  });
});
