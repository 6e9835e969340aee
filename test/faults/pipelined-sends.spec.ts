import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { someone } from '../support/tokens.js';

const COUNT = 60;
const [alice, bob] = [someone('alice'), someone('bob')];
let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.stop());

/** Sends without waiting for answers; resolves with the places that the messages got. */
async function pipeline(
  client: ChatClient,
  messages: readonly { conversationId: number | string; content: string }[],
): Promise<readonly number[]> {
  const acks = await Promise.all(
    messages.map(({ conversationId, content }) => client.send(conversationId, content)),
  );
  return acks.map(({ message }) => (message as { seq: number }).seq);
}

const ascending = (length: number) => Array.from({ length }, (_, index) => index + 1);

describe('messages that one client sends without waiting for acks', () => {
  it('keep their order when some of them mention somebody', async () => {
    const conversationId = await app.conversation([alice, bob]);
    const client = await app.connect(alice);
    const messages = ascending(COUNT).map((n) => ({
      conversationId,
      content: n % 2 ? `@bob, this is ${n}` : `This is ${n}`,
    }));
    expect(await pipeline(client, messages)).toEqual(ascending(COUNT));
  });

  it('keep their order in a conversation called by its two users', async () => {
    const client = await app.connect(alice);
    const conversationId = `private_${alice.id}_${bob.id}`;
    const messages = ascending(COUNT).map((n) => ({ conversationId, content: `This is ${n}` }));
    expect(await pipeline(client, messages)).toEqual(ascending(COUNT));
  });

  it('keep their order when the conversation is called now this way, now that', async () => {
    const conversationId = await app.conversation([alice, bob], { slug: 'two-names' });
    const client = await app.connect(alice);
    const messages = ascending(COUNT).map((n) => ({
      conversationId: n % 2 ? 'two-names' : conversationId,
      content: `This is ${n}`,
    }));
    expect(await pipeline(client, messages)).toEqual(ascending(COUNT));
  });
});
