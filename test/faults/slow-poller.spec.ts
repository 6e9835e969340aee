import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

const TEXT = '€'.repeat(20_000);
/** Separates packets in one body (Engine.IO protocol v4). */
const SEPARATOR = '\x1e';

let app: TestApp;
beforeAll(async () => void (app = await startApp({ MAX_MESSAGE_LENGTH: '20000' })));
afterAll(() => app.stop());

/** A Socket.IO client that polls by hand, and only when it is told to. */
class Poller {
  private constructor(private readonly url: string) {}

  static async connect(user: TestUser): Promise<Poller> {
    const base = `${app.url}/socket.io/?EIO=4&transport=polling`;
    const opened = await (await fetch(base)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const poller = new Poller(`${base}&sid=${sid}`);
    await poller.post(`40/chat,${JSON.stringify({ token: await tokenFor(user) })}`);
    await poller.pollFor('40/chat,');
    return poller;
  }

  async post(packet: string): Promise<void> {
    await (await fetch(this.url, { method: 'POST', body: packet })).text();
  }

  poll(): Promise<Response> {
    return fetch(this.url);
  }

  /** Polls until a packet begins so. */
  async pollFor(start: string): Promise<void> {
    for (;;) {
      const packets = (await (await this.poll()).text()).split(SEPARATOR);
      if (packets.some((packet) => packet.startsWith(start))) return;
    }
  }
}

describe('a client that stops polling', () => {
  it('is hung up on, so that it connects again, and nothing more is kept for it', async () => {
    const users = ['author', 'attentive', 'asleep'].map((name) => someone(name));
    const [first, second, asleep] = users as [TestUser, TestUser, TestUser];
    const id = await app.conversation(users);
    const [author, attentive] = [await app.connect(first), await app.connect(second)];
    await attentive.join(id);
    const poller = await Poller.connect(asleep);
    await poller.post(`42/chat,1["conversation:join",{"conversationId":${id}}]`);
    await poller.pollFor('43/chat,1[{"success":true');

    const isOnline = () => [...app.get(Registry).connectionsOf(String(asleep.id))].length > 0;
    expect(isOnline()).toBe(true);
    let sent = 0;
    for (; isOnline(); sent++) await author.send(id, TEXT);
    await attentive.next('user:offline', ({ userId }) => userId === asleep.id);
    // Strings wait here, not bytes: 8 M characters of them.
    expect(sent).toBeLessThan(500);
    for (let n = 0; n < sent; n++) await attentive.next('message:new');
    expect(attentive.received('message:new')).toHaveLength(sent);

    const answer = await poller.poll();
    // "Session ID unknown": what makes a client begin again.
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 1 }]);
  });
});
