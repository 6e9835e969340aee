import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

const MESSAGES = 150;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Repeats until the other is done; whatever comes in between must not be lost. */
async function meanwhile(done: Promise<unknown>, again: () => Promise<unknown>): Promise<void> {
  const progress = { isDone: false };
  void done.finally(() => (progress.isDone = true));
  while (!progress.isDone) await again();
  await done;
}

describe('a client that joins again and again while others write', () => {
  it('in chat, asking for nothing missed, hears every message once', async () => {
    const [author, reader] = [someone('author'), someone('reader')];
    const id = await app.conversation([author, reader]);
    const [writing, reading] = [await app.connect(author), await app.connect(reader)];
    await reading.join(id);
    const sent = (async () => {
      for (const n of range(1, MESSAGES)) await writing.send(id, `${n}`);
    })();
    await meanwhile(sent, () => reading.join(id));
    await reading.next('message:new', ({ message }) => contentOf(message) === `${MESSAGES}`);
    const heard = reading.received('message:new').map(({ message }) => contentOf(message));
    expect(heard).toEqual(range(1, MESSAGES).map(String));
  });

  it('in salon hears every message once', async () => {
    const [author, reader] = [someone('author'), someone('reader')];
    const id = await app.conversation([author, reader]);
    const [writing, reading] = [await app.connect(author), await app.salon(reader)];
    await reading.join(id);
    const sent = (async () => {
      for (const n of range(1, MESSAGES)) await writing.send(id, `${n}`);
    })();
    await meanwhile(sent, () => reading.join(id));
    await reading.next('room_message', ({ content }) => content === `${MESSAGES}`);
    const heard = reading.received('room_message').map(({ content }) => content);
    expect(heard).toEqual(range(1, MESSAGES).map(String));
  });
});

const contentOf = (message: unknown): string => (message as { content: string }).content;
