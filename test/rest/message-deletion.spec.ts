import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { clientsOf } from './support/clients.js';
import { bodyOf, expectProblem } from './support/problems.js';
import type { ConversationView, HistoryView, SentView } from './support/views.js';

const [alice, bob, carol, guard] = [
  someone('alice'),
  someone('bob'),
  someone('carol'),
  someone('guard', ['moderator']),
];

describe('deleting messages over REST', () => {
  let app: TestApp;
  let a: RestClient;
  let b: RestClient;
  let c: RestClient;

  beforeAll(async () => {
    app = await startApp();
    [a, b, c] = await clientsOf(app, [alice, bob, carol]);
  });
  afterAll(() => app.stop());

  const post = (id: number, body: Record<string, unknown>, client = a) =>
    client.post(`/conversations/${id}/messages`, body);
  const say = async (id: number, content: string) =>
    bodyOf<SentView>(await post(id, { content })).message;
  const history = async (id: number, query = '') =>
    bodyOf<HistoryView>(await b.get(`/conversations/${id}/messages${query}`));

  it('blanks the message for its author and keeps its place', async () => {
    const id = await app.conversation([alice, bob]);
    const { id: messageId } = await say(id, 'oops');
    await say(id, 'next');
    const answer = await a.delete(`/messages/${messageId}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      message: { id: messageId, seq: 1, content: '', deletedAt: expect.any(String) },
    });
    expect((await history(id)).items).toMatchObject([
      { seq: 1, content: '' },
      { seq: 2, content: 'next' },
    ]);
    expectProblem(await a.delete(`/messages/${messageId}`), 'MESSAGE_NOT_FOUND');
  });

  it('is for the author, the owner and moderators; not for another member', async () => {
    const id = await app.conversation([bob, alice, carol]);
    const messages = [await say(id, 'one'), await say(id, 'two')];
    const [one, two] = messages.map((message) => `/messages/${message.id}`);
    if (!one || !two) throw new Error('Not sent');
    expectProblem(await c.delete(one), 'PERMISSION_DENIED');
    expect((await b.delete(one)).status).toBe(200);
    expect((await (await app.as(guard)).delete(two)).status).toBe(200);
  });

  it('answers a foreign id and a missing one alike', async () => {
    const { id } = await say(await app.conversation([alice]), 'private');
    const foreign = await b.delete(`/messages/${id}`);
    const missing = await b.delete('/messages/9007199254740991');
    expectProblem(foreign, 'MESSAGE_NOT_FOUND');
    expect(missing.body).toEqual(foreign.body);
    for (const bad of ['0', '-1', '1.5', 'x', '9'.repeat(40), '0x1']) {
      expect((await b.delete(`/messages/${bad}`)).body).toEqual(foreign.body);
    }
  });

  it('takes a deleted message out of the unread count', async () => {
    const id = await app.conversation([alice, bob]);
    const { id: messageId } = await say(id, 'unread');
    await say(id, 'unread too');
    await a.delete(`/messages/${messageId}`);
    const view = bodyOf<ConversationView>(await b.get(`/conversations/${id}`));
    expect(view.unreadCount).toBe(1);
  });
});
