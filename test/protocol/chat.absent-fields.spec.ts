import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

describe('what a client leaves out', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it('may as well be null: optional fields take their defaults', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const client = await app.connect(alice);
    const ack = await client.send(id, 'one', {
      attachments: null,
      replyTo: null,
      clientMessageId: null,
    });
    const { id: messageId } = messageIn(ack);
    await client.expect('message:report', { messageId, reason: 'spam', details: null });
    const history = await client.expect('conversation:history', {
      conversationId: id,
      before: null,
      after: 0,
      limit: null,
    });
    expect(history).toMatchObject({ messages: [{ content: 'one' }], hasMore: false });
    const list = await client.expect('conversation:list', { cursor: null, limit: null });
    expect(list.conversations).toHaveLength(1);
    expect(await client.join(id, undefined)).not.toHaveProperty('missed');
  });

  it('over HTTP too', async () => {
    const rest = await app.as(someone('alice'));
    const body = { type: 'public', title: null, slug: null, maxParticipants: null };
    expect((await rest.post('/conversations', body)).status).toBe(201);
  });

  it('cannot be what is required', async () => {
    const client = await app.connect(someone('alice'));
    const ack = await client.request('message:send', { conversationId: null, content: null });
    expect(ack.error).toMatchObject({ code: 'VALIDATION_FAILED' });
    const report = await client.request('message:report', { messageId: null, reason: null });
    const fields = report.error?.details?.map(({ field }) => field);
    expect(fields?.sort()).toEqual(['messageId', 'reason']);
  });
});

describe('a message that is refused', () => {
  it('creates no direct conversation and notifies nobody', async () => {
    const app = await startApp();
    const [alice, bob] = [someone('alice'), someone('bob')];
    const a = await app.connect(alice);
    const b = await app.connect(bob);
    const conversationId = `private_${String(alice.id)}_${String(bob.id)}`;
    const blank = await a.request('message:send', { conversationId, content: ' ' });
    expect(blank.error).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await a.request('conversation:join', { conversationId })).toMatchObject({
      error: { code: 'CONVERSATION_NOT_FOUND' },
    });
    await b.settled();
    expect(b.received('notification')).toEqual([]);
    await app.stop();
  });
});
