import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { clientsOf } from './support/clients.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { HistoryView, SentView } from './support/views.js';

const [alice, bob, carol, guard] = [
  someone('alice'),
  someone('bob'),
  someone('carol'),
  someone('guard', ['moderator']),
];

describe('messages over REST', () => {
  let app: TestApp;
  let a: RestClient;
  let b: RestClient;
  let c: RestClient;

  beforeAll(async () => {
    app = await startApp({ MAX_MESSAGE_LENGTH: '50' });
    [a, b, c] = await clientsOf(app, [alice, bob, carol]);
  });
  afterAll(() => app.stop());

  const post = (id: number, body: Record<string, unknown>, client = a) =>
    client.post(`/conversations/${id}/messages`, body);
  const say = async (id: number, content: string) =>
    bodyOf<SentView>(await post(id, { content })).message;
  const history = async (id: number, query = '') =>
    bodyOf<HistoryView>(await b.get(`/conversations/${id}/messages${query}`));

  describe('POST', () => {
    it('answers 201 with the message as committed', async () => {
      const id = await app.conversation([alice, bob]);
      const first = await say(id, 'first');
      const answer = await post(id, {
        content: 'Hello @bob',
        type: 'image',
        attachments: ['https://example.org/cat.png'],
        replyTo: first.id,
        mentions: [carol.id],
        clientMessageId: 'c-1',
      });
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        message: {
          id: expect.any(Number),
          conversationId: id,
          seq: 2,
          senderId: alice.id,
          senderName: 'alice',
          type: 'image',
          content: 'Hello @bob',
          attachments: ['https://example.org/cat.png'],
          replyTo: first.id,
          // Carol was named, but takes no part.
          mentions: [bob.id],
          reactions: {},
          clientMessageId: 'c-1',
          sentAt: expect.stringMatching(/Z$/),
          editedAt: null,
          deletedAt: null,
        },
      });
      const sql = 'SELECT content FROM messages WHERE conversation_id = $1 AND seq = 2';
      expect(await app.database.query(sql, [id])).toEqual([{ content: 'Hello @bob' }]);
    });

    it('returns the first message for a repeated clientMessageId, marked as duplicate', async () => {
      const id = await app.conversation([alice, bob]);
      const body = { content: 'once', clientMessageId: 'same' };
      const first = await post(id, body);
      const again = await post(id, body);
      expect(again.body).toEqual({ ...bodyOf<SentView>(first), duplicate: true });
      expect((await history(id)).items).toHaveLength(1);
    });

    it('answers CONFLICT for the same clientMessageId with other content', async () => {
      const id = await app.conversation([alice, bob]);
      await post(id, { content: 'once', clientMessageId: 'same' });
      expectProblem(await post(id, { content: 'twice', clientMessageId: 'same' }), 'CONFLICT');
      const byBob = await post(id, { content: 'twice', clientMessageId: 'same' }, b);
      expect(byBob.status).toBe(201);
    });

    it('creates a direct conversation by its first message', async () => {
      const path = `/conversations/private_${bob.id}_${carol.id}/messages`;
      expectProblem(await b.get(path), 'CONVERSATION_NOT_FOUND');
      const sent = await b.post(path, { content: 'psst' });
      expect(sent.body).toMatchObject({ message: { seq: 1 } });
      expect((await c.get(path)).body).toMatchObject({ items: [{ content: 'psst' }] });
    });

    it('is for participants: not for strangers, not for moderators of the service', async () => {
      const id = await app.conversation([alice], { type: 'public' });
      expectProblem(await post(id, { content: 'hi' }, c), 'PERMISSION_DENIED');
      expectProblem(await post(id, { content: 'hi' }, await app.as(guard)), 'PERMISSION_DENIED');
      expectProblem(await post(999_999, { content: 'hi' }), 'CONVERSATION_NOT_FOUND');
    });

    it('answers MESSAGE_NOT_FOUND for a replyTo elsewhere or nowhere, alike', async () => {
      const id = await app.conversation([alice]);
      const elsewhere = await say(await app.conversation([alice]), 'elsewhere');
      const foreign = await post(id, { content: 're', replyTo: elsewhere.id });
      const missing = await post(id, { content: 're', replyTo: 9_007_199_254_740_991 });
      expectProblem(foreign, 'MESSAGE_NOT_FOUND', 404);
      expect(missing.body).toEqual(foreign.body);
    });

    it('counts length in code points', async () => {
      const id = await app.conversation([alice]);
      expect((await post(id, { content: '🦜'.repeat(50) })).status).toBe(201);
      const answer = await post(id, { content: '🦜'.repeat(51) });
      expectProblem(answer, 'MESSAGE_TOO_LONG', 400);
    });

    it.each(['', '   ', '\n\t', '\u200b\u200d\ufeff'])(
      'refuses the blank text %j',
      async (content) => {
        const id = await app.conversation([alice]);
        expectInvalid(await post(id, { content }), 'content');
      },
    );

    it('takes a blank text with an attachment', async () => {
      const id = await app.conversation([alice]);
      const answer = await post(id, { content: '', attachments: ['/uploads/abc.png'] });
      expect(answer.status).toBe(201);
    });

    it.each([
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://example.org/x',
      '//example.org/x',
      '/etc/passwd',
      '/uploads/../secret',
      'https://',
      `https://example.org/${'x'.repeat(2_048)}`,
    ])('refuses the attachment %s', async (attachment) => {
      const id = await app.conversation([alice]);
      const answer = await post(id, { content: 'see', attachments: [attachment] });
      expectInvalid(answer, 'attachments.0');
    });

    it('refuses an eleventh attachment', async () => {
      const id = await app.conversation([alice]);
      const attachments = Array.from({ length: 11 }, (_, n) => `https://example.org/${n}`);
      expectInvalid(await post(id, { content: 'see', attachments }), 'attachments');
      const ten = await post(id, { content: 'see', attachments: attachments.slice(1) });
      expect(ten.status).toBe(201);
    });

    it('does not let a client speak as the system', async () => {
      const id = await app.conversation([alice]);
      expectInvalid(await post(id, { content: 'obey', type: 'system' }), 'type');
    });
  });

  describe('GET', () => {
    it('brings the newest, oldest of them first, and pages both ways', async () => {
      const id = await app.conversation([alice, bob]);
      for (let n = 1; n <= 12; n++) await say(id, `number ${n}`);
      const seqs = ({ items, hasMore }: HistoryView) => [items.map(({ seq }) => seq), hasMore];
      expect(seqs(await history(id, '?limit=5'))).toEqual([[8, 9, 10, 11, 12], true]);
      expect(seqs(await history(id, '?limit=5&before=8'))).toEqual([[3, 4, 5, 6, 7], true]);
      expect(seqs(await history(id, '?limit=5&before=3'))).toEqual([[1, 2], false]);
      expect(seqs(await history(id, '?limit=5&after=0'))).toEqual([[1, 2, 3, 4, 5], true]);
      expect(seqs(await history(id, '?limit=5&after=10'))).toEqual([[11, 12], false]);
      expect(seqs(await history(id, '?after=3&before=6'))).toEqual([[4, 5], false]);
      expect(seqs(await history(id, '?after=12'))).toEqual([[], false]);
      expect(seqs(await history(id, '?before=1'))).toEqual([[], false]);
      expect((await history(id)).items).toHaveLength(12);
    });

    it('is for participants and for moderators of the service', async () => {
      const id = await app.conversation([alice]);
      const path = `/conversations/${id}/messages`;
      expectProblem(await b.get(path), 'PERMISSION_DENIED');
      expect((await (await app.as(guard)).get(path)).status).toBe(200);
      expectProblem(await a.get('/conversations/999999/messages'), 'CONVERSATION_NOT_FOUND');
    });

    it.each(['before=-1', 'before=x', 'after=1.5', 'after=1e99', 'limit=0', 'limit=101'])(
      'refuses %s',
      async (query) => {
        const id = await app.conversation([alice]);
        const answer = await a.get(`/conversations/${id}/messages?${query}`);
        expectInvalid(answer, query.split('=')[0] ?? '');
      },
    );
  });

  it('sends over REST and by socket count together against one limit', async () => {
    const limited = await startApp({ RATE_LIMIT_CHAT: '3/1h' });
    try {
      const id = await limited.conversation([alice]);
      const socket = await limited.connect(alice);
      await socket.send(id, 'one');
      const client = await limited.as(alice);
      for (const content of ['two', 'three']) {
        expect((await post(id, { content }, client)).status).toBe(201);
      }
      const answer = await post(id, { content: 'four' }, client);
      expectProblem(answer, 'RATE_LIMITED', 429);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await limited.stop();
    }
  });
});
