import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventBus } from '../../src/core/ports/event-bus.js';
import { MessageStore } from '../../src/core/ports/message-store.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

it('a newcomer’s sockets hear what was committed before they were known to read along, once', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const newcomer = await app.root(bob);
  const id = await app.conversation([alice]);
  const author = await app.connect(alice);
  for (const text of ['one', 'two']) await author.send(id, text);
  // As it is told by a node that read the conversation before the two were sent.
  const conversation = { id, type: 'private', pair: null, lastSeq: 0 } as const;
  const member = { conversationId: id, userId: `${bob.id}`, username: bob.name };
  const participant = { ...member, role: 'member', joinedAt: new Date() } as const;
  await app.get(EventBus).publish('participant.added', { participant, conversation });
  await author.send(id, 'three');
  await newcomer.next('message', ({ message }) => message === 'three');
  const heard = newcomer.received('message').map(({ message }) => message);
  expect(heard).toEqual(['one', 'two', 'three']);
});

/** Reads of the log wait from now on until they are let go. */
function delayedReads(): { letGo: () => void } {
  const store = app.get(MessageStore);
  const read = store.page.bind(store);
  let letGo = (): void => undefined;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  store.page = async (...args) => {
    await gone;
    return read(...args);
  };
  return { letGo };
}

it('one who joins by name while that is read hears it once, too', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const [author, newcomer] = [await app.salon(alice), await app.salon(bob)];
  const { letGo } = delayedReads();
  const to = { to_user_id: bob.id };
  author.send('direct_message', { ...to, content: 'one' });
  await author.settled();
  await newcomer.join(`private_${alice.id}_${bob.id}`);
  letGo();
  author.send('direct_message', { ...to, content: 'two' });
  await newcomer.next('direct_message', ({ content }) => content === 'two');
  const heard = newcomer.received('direct_message').map(({ content }) => content);
  expect(heard).toEqual(['one', 'two']);
});
