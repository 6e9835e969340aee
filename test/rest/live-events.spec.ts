import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { bodyOf } from './support/problems.js';
import type { ConversationView, MessageView } from './support/views.js';

const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];

describe('what is done over REST, sockets hear of', () => {
  let app: TestApp;
  let a: RestClient;
  let watcher: ChatClient;
  let bystander: ChatClient;
  beforeAll(async () => {
    app = await startApp();
    a = await app.as(alice);
    [watcher, bystander] = [await app.connect(bob), await app.connect(carol)];
  });
  afterAll(() => app.stop());

  const watched = async (fields: Record<string, unknown> = {}) => {
    const id = await app.conversation([alice, bob], fields);
    await watcher.join(id);
    return id;
  };
  const say = async (id: number, content: string) => {
    const answer = await a.post(`/conversations/${id}/messages`, { content });
    return bodyOf<{ message: MessageView }>(answer).message;
  };
  const about = (conversationId: number) => (event: Record<string, unknown>) =>
    event.conversationId === conversationId;

  it('a message: message:new to those joined, exactly as answered', async () => {
    const id = await watched();
    const message = await say(id, 'over REST');
    const heard = await watcher.next('message:new');
    expect(heard).toEqual({ message, timestamp: expect.any(String) });
  });

  it('a repeated clientMessageId: nothing', async () => {
    const id = await watched();
    const body = { content: 'once', clientMessageId: 'same' };
    for (let time = 0; time < 3; time++) await a.post(`/conversations/${id}/messages`, body);
    await say(id, 'after it');
    const contents: unknown[] = [];
    do contents.push(((await watcher.next('message:new')).message as MessageView).content);
    while (contents.at(-1) !== 'after it');
    expect(contents).toEqual(['once', 'after it']);
  });

  it('a message: a notification to participants who are not joined', async () => {
    const id = await app.conversation([alice, carol]);
    const message = await say(id, 'Look here, @carol');
    const heard = await bystander.next('notification', (event) => event.type === 'mention');
    expect(heard).toMatchObject({
      conversationId: id,
      title: 'alice',
      body: 'Look here, @carol',
      data: { messageId: message.id, seq: 1, senderId: alice.id },
    });
  });

  it('a deletion: message:deleted', async () => {
    const id = await watched();
    const message = await say(id, 'oops');
    await a.delete(`/messages/${message.id}`);
    expect(await watcher.next('message:deleted', about(id))).toEqual({
      messageId: message.id,
      conversationId: id,
      deletedBy: alice.id,
      timestamp: expect.any(String),
    });
  });

  it('a new participant: participant:joined to those joined, an invitation to the user', async () => {
    const id = await watched({ title: 'Lunch' });
    await a.put(`/conversations/${id}/participants/${carol.id}`);
    expect(await watcher.next('participant:joined', about(id))).toEqual({
      conversationId: id,
      userId: carol.id,
      username: 'carol',
    });
    const invited = await bystander.next('notification', about(id));
    expect(invited).toMatchObject({ type: 'invitation', title: 'Lunch' });
  });

  it('a new conversation: an invitation to those it was made with', async () => {
    const body = { type: 'direct', participantIds: [carol.id] };
    const { id } = bodyOf<ConversationView>(await a.post('/conversations', body));
    const invited = await bystander.next('notification', about(id));
    expect(invited).toMatchObject({ type: 'invitation', title: 'alice' });
  });

  it('a removal: participant:left to the rest, and silence for the removed', async () => {
    const id = await watched();
    const owner = await app.connect(alice);
    await owner.join(id);
    await a.delete(`/conversations/${id}/participants/${bob.id}`);
    expect(await owner.next('participant:left', about(id))).toMatchObject({ userId: bob.id });
    const message = await say(id, 'without bob');
    await owner.next('message:new');
    const log = await watcher.settled();
    const afterwards = log.filter(
      ({ payload }) =>
        (payload.message as MessageView | undefined)?.id === message.id ||
        (payload.data as { messageId?: number } | undefined)?.messageId === message.id,
    );
    expect(afterwards).toEqual([]);
  });

  it('a change: conversation:updated', async () => {
    const id = await watched({ title: 'Old' });
    await a.patch(`/conversations/${id}`, { title: 'New' });
    expect(await watcher.next('conversation:updated')).toMatchObject({
      conversation: { id, title: 'New' },
    });
  });

  it('the deletion of a conversation: it takes no more, and its sockets are out', async () => {
    const id = await watched();
    await a.delete(`/conversations/${id}`);
    const ack = await watcher.request('message:send', { conversationId: id, content: 'anyone?' });
    expect(ack.error?.code).toBe('CONVERSATION_NOT_FOUND');
    const stats = await (await app.as(someone('root', ['admin']))).get('/monitoring/chat/stats');
    expect(Object.keys((stats.body as { rooms: object }).rooms)).not.toContain(String(id));
  });
});
