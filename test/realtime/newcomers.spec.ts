import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventBus } from '../../src/core/ports/event-bus.js';
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
