import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Browser, BrowserContext, Locator, Page, Route } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';
import { Service } from '../support/service.js';
import { someone, tokenFor } from '../support/tokens.js';
import { describeInBrowser, launchChromium } from './chromium.js';

const PATIENCE_MS = 15_000;

/** One side of the page. */
class PaneDriver {
  private readonly root: Locator;

  constructor(
    private readonly page: Page,
    number: 1 | 2,
  ) {
    this.root = page.getByTestId(`pane-${String(number)}`);
  }

  part(name: string): Locator {
    return this.root.getByTestId(name);
  }

  message(text: string, state?: 'sending' | 'sent' | 'read' | 'failed'): Locator {
    const ofState = state ? `[data-state="${state}"]` : '';
    return this.root.locator(`[data-testid="message"]${ofState}`).filter({ hasText: text });
  }

  async isIn(state: string): Promise<void> {
    await this.root.locator(`[data-testid="status"][data-state="${state}"]`).waitFor();
  }

  async shows(name: string, text: string): Promise<void> {
    await this.part(name).filter({ hasText: text, visible: true }).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.part('composer').fill(text);
    await this.part('composer').press('Enter');
  }

  /** Takes the part of this side: only the active side reads. */
  async activate(): Promise<void> {
    await this.part('composer').click();
  }

  async act(text: string, action: string): Promise<void> {
    await this.message(text).hover();
    await this.part(action).click();
  }

  async contents(): Promise<string[]> {
    return this.part('content').allTextContents();
  }
}

describeInBrowser('the playground', () => {
  let browser: Browser;
  let app: TestApp;
  let context: BrowserContext | undefined;
  let problems: string[];

  beforeAll(async () => {
    browser = await launchChromium();
    app = await startApp();
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  async function openPage(url: string, onTokens?: (route: Route) => Promise<void>): Promise<Page> {
    context = await browser.newContext();
    if (onTokens) await context.route('**/dev/tokens', onTokens);
    problems = [];
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) problems.push(line.text());
    });
    await page.goto(url);
    return page;
  }

  /** Stands in for `POST /dev/tokens`, which only a service with a secret of its own has. */
  async function handOutTokens(route: Route): Promise<void> {
    const { sub, username } = route.request().postDataJSON() as { sub: string; username: string };
    const token = await tokenFor({ id: sub, name: username });
    await route.fulfill({ status: 201, json: { token } });
  }

  async function openPanes(page?: Page) {
    page ??= await openPage(app.url, handOutTokens);
    const [alice, bob] = [new PaneDriver(page, 1), new PaneDriver(page, 2)];
    await Promise.all([alice.isIn('connected'), bob.isIn('connected')]);
    return { page, alice, bob };
  }

  it('shows two people what the other writes, types and reads', async () => {
    const { alice, bob } = await openPanes();
    await Promise.all([alice.shows('presence', 'bob online'), bob.shows('presence', 'online')]);
    await alice.activate();
    await alice.part('composer').pressSequentially('good mor');
    await bob.shows('typing', 'alice is typing');
    await alice.say('good morning');
    await alice.message('good morning', 'sent').waitFor();
    await bob.part('typing').waitFor({ state: 'hidden' });
    await bob.message('good morning').waitFor();
    await bob.shows('unread', '1 unread');
    await bob.activate();
    await alice.message('good morning', 'read').waitFor();
    await bob.part('unread').waitFor({ state: 'hidden' });
    expect(problems).toEqual([]);
  });

  it('catches up after a disconnection and sends what was written meanwhile, once', async () => {
    const { alice, bob } = await openPanes();
    await bob.part('toggle').click();
    await bob.isIn('offline');
    await alice.shows('presence', 'bob away');
    for (const n of [1, 2, 3]) await alice.say(`missed ${String(n)}`);
    await alice.message('missed 3', 'sent').waitFor();
    await bob.say('written while away');
    await bob.message('written while away', 'sending').waitFor();
    await bob.part('toggle').click();
    await bob.message('missed 3').waitFor();
    await bob.message('written while away', 'sent').waitFor();
    await alice.message('written while away').waitFor();
    const lastFour = ['missed 1', 'missed 2', 'missed 3', 'written while away'];
    expect((await bob.contents()).slice(-4)).toEqual(lastFour);
    expect((await alice.contents()).slice(-4)).toEqual(lastFour);
    expect(problems).toEqual([]);
  });

  it('edits, reacts and deletes', async () => {
    const { alice, bob } = await openPanes();
    await alice.say('a tpyo');
    await alice.message('a tpyo', 'sent').waitFor();
    await alice.act('a tpyo', 'edit');
    await alice.say('a typo');
    await bob.message('a typo').getByText('edited').waitFor();
    await bob.act('a typo', 'react-heart');
    await alice.message('a typo').getByTestId('reactions').getByText('1').waitFor();
    await alice.act('a typo', 'delete');
    await bob.message('Message deleted').waitFor();
    expect(await bob.contents()).not.toContain('a typo');
    expect(problems).toEqual([]);
  });

  it('treats markup in texts and names as text', async () => {
    const { page, alice, bob } = await openPanes();
    const markup = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    await alice.say(markup);
    await bob.message(markup).waitFor();
    const stranger = await app.connect(someone('<b onclick=alert(3)>eve</b>'));
    await stranger.join('playground');
    await stranger.send('playground', 'from eve');
    await alice.message('<b onclick=alert(3)>eve</b>').waitFor();
    expect(await page.locator('.message :is(img, script, b)').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('says why a message failed, and gives its text back', async () => {
    const { alice } = await openPanes();
    const tooLong = 'long '.repeat(801);
    await alice.say(tooLong);
    await alice.shows('failure', 'too long');
    await alice.part('rewrite').filter({ visible: true }).click();
    expect(await alice.part('composer').inputValue()).toBe(tooLong);
    expect(await alice.message('long long', 'failed').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('loads the earlier history on demand, all of it in order', async () => {
    const carol = await app.connect(someone('carol'));
    await carol.join('playground');
    const texts = Array.from({ length: 120 }, (_, index) => `line ${String(index + 1)}`);
    for (const text of texts) await carol.send('playground', text);
    const { alice } = await openPanes();
    await alice.message('line 120').waitFor();
    expect(await alice.message('line 1').getByText('line 1', { exact: true }).count()).toBe(0);
    while (!(await alice.contents()).includes('line 1')) {
      const count = await alice.part('message').count();
      await alice.part('earlier').click();
      await alice.part('message').nth(count).waitFor();
    }
    expect((await alice.contents()).slice(-120)).toEqual(texts);
    expect(problems).toEqual([]);
  });

  it('lists events for developers, never a token', async () => {
    const { page, alice } = await openPanes();
    await alice.part('wire').locator('summary').click();
    await alice.shows('wire-events', 'conversation:join');
    const drawn = await page.evaluate(`import('/playground/wire.js').then(({ Wire }) => {
      const list = document.createElement('ol');
      new Wire(list, document.createElement('p')).add('out', 'auth:refresh', { token: 'secret' });
      return list.textContent;
    })`);
    expect(drawn).toContain('auth:refresh');
    expect(drawn).not.toContain('secret');
    await page.getByTestId('open-connect').click();
    expect(await page.getByTestId('snippet').textContent()).toContain(`io('${app.url}/chat'`);
    expect(problems).toEqual([]);
  });

  it('asks for tokens where the server hands out none, and again when one is refused', async () => {
    const strict = await startApp();
    try {
      const page = await openPage(strict.url);
      const pane = new PaneDriver(page, 1);
      const paste = async (token: string) => {
        await pane.part('token').fill(token);
        await pane.part('use-token').click();
      };
      await paste('nonsense');
      await pane.shows('token-form', 'not a token');
      const dora = someone('dora');
      await paste(await tokenFor(dora, { secret: 'another-secret-of-more-than-32-bytes' }));
      await pane.shows('token-form', 'refused');
      await paste(await tokenFor(dora));
      await pane.isIn('connected');
      await pane.shows('name', 'dora');
      await pane.say('hello');
      await pane.message('hello', 'sent').waitFor();
      expect(problems).toEqual([]);
    } finally {
      await strict.stop();
    }
  });

  it('gets its tokens in development, and outlives the service being killed', async () => {
    const database = await createDatabase();
    const development = { DATABASE_URL: database.url, JWT_SECRET: '' };
    const service = await Service.start(development);
    try {
      const { alice, bob } = await openPanes(await openPage(service.url));
      await alice.say('before');
      await bob.message('before').waitFor();
      await service.end('SIGKILL');
      await alice.isIn('reconnecting');
      await alice.say('to nobody');
      await alice.message('to nobody', 'sending').waitFor();
      await service.restart();
      await bob.message('to nobody').waitFor();
      await alice.message('to nobody', 'sent').waitFor();
      for (const pane of [alice, bob]) {
        expect(await pane.contents()).toEqual(['before', 'to nobody']);
      }
      expect(problems).toEqual([]);
    } finally {
      await service.remove();
      await database.drop();
    }
  });
});
