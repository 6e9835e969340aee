import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn, outcomeOf, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';

describe('clientMessageId', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('the same id again returns the first message and broadcasts nothing', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const fields = { clientMessageId: 'c-1', attachments: ['https://example.com/a.pdf'] };
    const first = await a.send(id, 'once', fields);
    expect(first).not.toHaveProperty('duplicate');
    const second = await a.send(id, 'once', fields);
    expect(second).toStrictEqual({ ...first, duplicate: true });
    const next = messageIn(await a.send(id, 'next'));
    await b.next('message:new', (event) => messageIn(event).id === next.id);
    expect(b.received('message:new').map((event) => messageIn(event).seq)).toEqual([1, 2]);
  });

  it('sent at once from two sockets becomes one message, told once', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const second = await app.connect(users[0]);
    for (const round of range(1, 20)) {
      const frame = { clientMessageId: `same-${round}` };
      const acks = await Promise.all(
        [clients[0], second, clients[0], second].map((client) => client.send(id, 'x', frame)),
      );
      expect(new Set(acks.map((ack) => messageIn(ack).id)).size).toBe(1);
      expect(acks.filter((ack) => ack.duplicate === true)).toHaveLength(3);
      expect(messageIn(acks[0] ?? {}).seq).toBe(round);
    }
    await clients[1].next('message:new', (event) => messageIn(event).seq === 20);
    await clients[1].settled();
    const seqs = clients[1].received('message:new').map((event) => messageIn(event).seq);
    expect(seqs).toEqual(range(1, 20));
  });

  it.each([
    ['text', { content: 'other' }],
    ['type', { type: 'file' }],
    ['attachments', { attachments: ['https://example.com/other.pdf'] }],
    ['reply', { replyTo: 'first' }],
  ])('with another %s is CONFLICT', async (_, change) => {
    const { id, clients } = await gather(app, ['alice']);
    const first = messageIn(await clients[0].send(id, 'first'));
    const frame = { conversationId: id, content: 'this', clientMessageId: 'c' };
    await clients[0].expect('message:send', frame);
    const other = { ...frame, ...change, ...('replyTo' in change && { replyTo: first.id }) };
    expect(outcomeOf(await clients[0].request('message:send', other))).toBe('CONFLICT');
    expect(await clients[0].expect('message:send', frame)).toMatchObject({ duplicate: true });
  });

  it('two contents for one id at once: one is the message, the other is CONFLICT', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const answers = await Promise.all(
      ['this', 'that'].map((content) =>
        clients[0].request('message:send', { conversationId: id, content, clientMessageId: 'c' }),
      ),
    );
    expect(answers.map(outcomeOf)).toEqual(['ok', 'CONFLICT']);
    await clients[1].settled();
    expect(clients[1].received('message:new')).toHaveLength(1);
  });

  it('holds after an edit: the first content is a duplicate, the edited one a conflict', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    const frame = { conversationId: id, clientMessageId: 'c' };
    const { id: messageId } = messageIn(
      await a.expect('message:send', { ...frame, content: 'before' }),
    );
    await a.expect('message:edit', { messageId, content: 'after' });
    const again = await a.request('message:send', { ...frame, content: 'before' });
    expect(again).toMatchObject({ duplicate: true, message: { id: messageId, content: 'after' } });
    const other = await a.request('message:send', { ...frame, content: 'after' });
    expect(outcomeOf(other)).toBe('CONFLICT');
  });

  it('holds after a deletion: it does not bring the message back', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    const frame = { conversationId: id, clientMessageId: 'c' };
    const { id: messageId } = messageIn(
      await a.expect('message:send', { ...frame, content: 'gone' }),
    );
    await a.expect('message:delete', { messageId });
    const again = await a.request('message:send', { ...frame, content: 'gone' });
    expect(again).toMatchObject({ duplicate: true, message: { id: messageId, content: '' } });
    const other = await a.request('message:send', { ...frame, content: 'new' });
    expect(outcomeOf(other)).toBe('CONFLICT');
  });

  it('is the sender’s and the conversation’s own', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const elsewhere = await app.conversation(users);
    const fields = { clientMessageId: 'shared' };
    const acks = [
      await clients[0].send(id, 'mine', fields),
      await clients[1].send(id, 'yours', fields),
      await clients[0].send(elsewhere, 'mine', fields),
    ];
    expect(new Set(acks.map((ack) => messageIn(ack).id)).size).toBe(3);
    for (const ack of acks) expect(ack).not.toHaveProperty('duplicate');
  });

  it('counts as a character, not as a code unit or byte, up to 64', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const clientMessageId = 'é'.repeat(64);
    const ack = await clients[0].send(id, 'x', { clientMessageId });
    expect(messageIn(ack).clientMessageId).toBe(clientMessageId);
  });
});
