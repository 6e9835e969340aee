import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { Inbox } from '../support/inbox.js';
import { ChatRoomPages } from '../support/live-component.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { describeInBrowser, launchChromium } from './chromium.js';

const CONNECTED = 'Status: 🟢 Connecté';
const DISCONNECTED = 'Status: 🔴 Déconnecté';
const PSEUDONYM = /^Anonymous_[0-9a-f]+:$/;

describeInBrowser('document 5’s React hook and component', () => {
  const after = cleanups();
  let app: TestApp;
  let pages: ChatRoomPages;
  let browser: Browser;
  const errors: string[] = [];

  beforeAll(async () => {
    // Without a key of its own the service is in development mode: loopback pages may talk to it.
    app = await startApp({ JWT_SECRET: '' });
    pages = await ChatRoomPages.serve(app.url);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await pages.close();
    await app.stop();
  });

  afterEach(() => expect(errors.splice(0)).toEqual([]));

  const newRoom = (owner: TestUser) =>
    app.conversation([owner], { type: 'live', allowAnonymous: true });

  /** The component as that user has it before the eyes, and what the hook says on the console. */
  async function open(user: TestUser | null, roomId: number) {
    const storageState = pages.storageWith(user && (await tokenFor(user)));
    const context = await browser.newContext({ storageState });
    context.setDefaultTimeout(15_000);
    after.add(() => context.close());
    const said = new Inbox();
    context.on('console', (message) => said.receive({ event: message.text(), payload: {} }));
    context.on('weberror', (error) => errors.push(error.error().message));
    const page = await context.newPage();
    await page.goto(pages.urlOf(roomId));
    await page.getByText(CONNECTED).waitFor();
    await said.next(`🚪 Connecté à la room ${roomId}`);
    return { page, said };
  }

  const lines = (page: Page) => page.locator('#root > div > div:nth-child(2) > div');

  async function say(page: Page, text: string): Promise<void> {
    await page.getByPlaceholder('Tapez un message...').fill(text);
    await page.getByText('Envoyer').click();
  }

  it('lets two pages hold a conversation, and shows each its own words once', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const roomId = await newRoom(alice);
    const [a, b] = [await open(alice, roomId), await open(bob, roomId)];
    await a.said.next('👋 bob a rejoint le chat');
    await say(a.page, 'Bonjour à tous');
    await lines(b.page).filter({ hasText: 'Bonjour à tous' }).waitFor();
    await say(b.page, 'Salut <alice> 👋');
    for (const { page, said } of [a, b]) {
      await said.next('💬 bob: Salut <alice> 👋');
      await lines(page).nth(1).waitFor();
      expect(await lines(page).allTextContents()).toEqual([
        'alice: Bonjour à tous',
        'bob: Salut <alice> 👋',
      ]);
      expect(await page.getByPlaceholder('Tapez un message...').inputValue()).toBe('');
    }
  });

  it('tells the others that its user types, and no longer does once the input is left', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const roomId = await newRoom(bob);
    const other = await app.live(bob, `room/${roomId}`);
    const { page } = await open(alice, roomId);
    const typist = { username: 'alice', user_id: alice.id };
    await page.getByPlaceholder('Tapez un message...').fill('Hm');
    expect(await other.next('typing_start')).toMatchObject(typist);
    await page.getByPlaceholder('Tapez un message...').blur();
    expect(await other.next('typing_stop')).toMatchObject(typist);
    expect(other.received('chat_message')).toEqual([]);
  });

  it('takes who has no token for a visitor, under the same name on every page', async () => {
    const alice = someone('alice');
    const roomId = await newRoom(alice);
    const [visitor, a] = [await open(null, roomId), await open(alice, roomId)];
    await say(visitor.page, 'Je passe');
    const names = [];
    for (const { page } of [visitor, a]) {
      await lines(page).filter({ hasText: 'Je passe' }).waitFor();
      names.push(...(await page.locator('strong').allTextContents()));
    }
    expect(names).toEqual([expect.stringMatching(PSEUDONYM), names[0]]);
  });

  it('says what the service refuses', async () => {
    const alice = someone('alice');
    const { page, said } = await open(alice, await newRoom(alice));
    await say(page, 'x'.repeat(1_001));
    await said.next('❌ Erreur: Message too long');
    await say(page, 'x'.repeat(1_000));
    await lines(page).first().waitFor();
    expect(await lines(page).allTextContents()).toEqual([`alice: ${'x'.repeat(1_000)}`]);
  });

  it('leaves when it is unmounted and when its page is closed, and the others are told', async () => {
    const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
    const roomId = await newRoom(alice);
    const a = await open(alice, roomId);
    const [b, c] = [await open(bob, roomId), await open(carol, roomId)];
    await b.page.evaluate('unmount()');
    await b.page.getByText(DISCONNECTED).waitFor();
    await a.said.next('👋 bob a quitté le chat');
    await c.page.close();
    await a.said.next('👋 carol a quitté le chat');
    expect(await a.page.getByText(CONNECTED).isVisible()).toBe(true);
  });

  it('shows that it is out once the room is gone', async () => {
    const alice = someone('alice');
    const roomId = await newRoom(alice);
    const { page, said } = await open(someone('bob'), roomId);
    expect((await (await app.as(alice)).delete(`/conversations/${roomId}`)).status).toBe(204);
    await said.next('🔌 WebSocket déconnecté');
    await page.getByText(DISCONNECTED).waitFor();
  });
});
