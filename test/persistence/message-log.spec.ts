import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessagesCommitted } from '../../src/core/core.events.js';
import type { AppendResult } from '../../src/core/ports/message-log.js';
import { draft, startLog, type LogFixture, type Node } from './support/log-fixture.js';

const messageOf = (result: AppendResult) => {
  if (result.outcome === 'appended' || result.outcome === 'duplicate') return result.message;
  throw new Error(`No message: ${result.outcome}`);
};

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the message log', () => {
  let fixture: LogFixture;
  let one: Node;
  let two: Node;

  beforeAll(async () => {
    fixture = await startLog();
    [one, two] = fixture.nodes;
  });
  afterAll(() => fixture.close());

  const rows = (id: number) =>
    fixture.database.query(
      `SELECT seq::integer, id::integer, content, client_message_id FROM messages
       WHERE conversation_id = $1 ORDER BY seq`,
      [id],
    );

  it('numbers 2,000 concurrent appends to 20 conversations on two nodes without a gap', async () => {
    const ids = await Promise.all(range(1, 20).map(() => fixture.conversation(['1'])));
    const appended = await Promise.all(
      range(0, 1_999).map(async (n) => {
        const { log } = fixture.nodes[n % 2] ?? one;
        return messageOf(await log.append(draft(ids[n % 20] ?? 0, { content: `${n}` })));
      }),
    );
    for (const [index, id] of ids.entries()) {
      const stored = await rows(id);
      expect(stored.map(({ seq }) => seq)).toEqual(range(1, 100));
      const messageIds = stored.map((row) => Number(row.id));
      expect(messageIds).toEqual([...messageIds].sort((a, b) => a - b));
      // Every answer tells the place in which its message really stands.
      for (const message of appended.filter((_, n) => n % 20 === index)) {
        expect(stored[message.seq - 1]).toMatchObject({ id: message.id, content: message.content });
      }
      const heads = 'SELECT last_seq::integer FROM conversations WHERE id = $1';
      expect(await fixture.database.query(heads, [id])).toEqual([{ last_seq: 100 }]);
    }
    expect(new Set(appended.map(({ id }) => id)).size).toBe(2_000);
  });

  it('keeps the order in which one sender appended', async () => {
    const id = await fixture.conversation(['1']);
    const results = await Promise.all(
      range(1, 300).map((n) => one.log.append(draft(id, { content: `${n}` }))),
    );
    expect(results.map((result) => messageOf(result).seq)).toEqual(range(1, 300));
  });

  describe('with a clientMessageId', () => {
    it('writes one row when both nodes are asked at once, and all answers agree', async () => {
      const id = await fixture.conversation(['1', '2']);
      const same = draft(id, { clientMessageId: 'c-1' });
      const results = await Promise.all(
        range(1, 40).map((n) => (n % 2 ? one : two).log.append(same)),
      );
      expect(await rows(id)).toHaveLength(1);
      const outcomes = results.map(({ outcome }) => outcome);
      expect(outcomes.filter((outcome) => outcome === 'appended')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(39);
      const [first, ...others] = results.map(messageOf);
      for (const other of others) expect(other).toEqual(first);
    });

    it('returns the first message for ever: after edits and after its deletion', async () => {
      const id = await fixture.conversation(['1']);
      const same = draft(id, { clientMessageId: 'c-1', content: 'as sent' });
      const first = messageOf(await one.log.append(same));
      await fixture.database.query(
        `UPDATE messages SET content = '', deleted_at = now() WHERE conversation_id = $1`,
        [id],
      );
      const again = await two.log.append(same);
      expect(again.outcome).toBe('duplicate');
      expect(messageOf(again)).toMatchObject({ id: first.id, seq: 1, content: '' });
    });

    it.each([
      ['content', { content: 'other' }],
      ['type', { type: 'image' as const }],
      ['attachments', { attachments: ['https://example.org/x'] }],
      ['metadata', { metadata: { other: true } }],
    ])('answers conflict for other %s, and writes nothing', async (_, change) => {
      const id = await fixture.conversation(['1']);
      const same = draft(id, { clientMessageId: 'c-1' });
      await one.log.append(same);
      for (const { log } of [one, two]) {
        expect(await log.append({ ...same, ...change })).toEqual({ outcome: 'conflict' });
      }
      expect(await rows(id)).toHaveLength(1);
    });

    it('keeps the ids of two senders and two conversations apart', async () => {
      const [a, b] = [await fixture.conversation(['1', '2']), await fixture.conversation(['1'])];
      const drafts = [draft(a), draft(a, { senderId: '2' }), draft(b)];
      for (const each of drafts) {
        const result = await one.log.append({ ...each, clientMessageId: 'same' });
        expect(result.outcome).toBe('appended');
      }
    });

    it('sees the first message of its own batch', async () => {
      const id = await fixture.conversation(['1']);
      const same = draft(id, { clientMessageId: 'c-1' });
      const results = await Promise.all([
        one.log.append(same),
        one.log.append(same),
        one.log.append({ ...same, content: 'other' }),
      ]);
      const outcomes = results.map(({ outcome }) => outcome);
      expect(outcomes).toEqual(['appended', 'duplicate', 'conflict']);
    });
  });

  it('leaves nothing behind when a conversation is deleted under appends', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await fixture.conversation(['1']);
      const appends = range(1, 50).map((n) => (n % 2 ? one : two).log.append(draft(id)));
      const [results] = await Promise.all([
        Promise.all(appends),
        (round % 2 ? one : two).conversations.delete(id),
      ]);
      for (const { outcome } of results) {
        expect(['appended', 'conversation-not-found']).toContain(outcome);
      }
      expect(await rows(id)).toEqual([]);
      expect(await one.log.append(draft(id))).toEqual({ outcome: 'conversation-not-found' });
    }
  });

  describe('announces', () => {
    const listen = (node: Node, id: number) => {
      const heard: MessagesCommitted[] = [];
      node.log.onCommitted((commit) => commit.conversationId === id && heard.push(commit));
      return heard;
    };
    /** Announcements follow the answers by one turn of the event loop. */
    const announced = () => new Promise((resolve) => setImmediate(resolve));

    it('what is committed, in order, once each, and nothing of the other node', async () => {
      const id = await fixture.conversation(['1']);
      const [here, there] = [listen(one, id), listen(two, id)];
      await Promise.all(range(1, 200).map((n) => (n % 4 === 0 ? two : one).log.append(draft(id))));
      await announced();
      const seqs = (heard: MessagesCommitted[]) =>
        heard.flatMap(({ messages }) => messages.map(({ seq }) => seq));
      expect(seqs(here)).toHaveLength(150);
      expect(seqs(there)).toHaveLength(50);
      for (const heard of [here, there]) {
        expect(seqs(heard)).toEqual([...seqs(heard)].sort((a, b) => a - b));
        for (const { messages, head } of heard) expect(head).toBe(messages.at(-1)?.seq);
      }
      expect([...seqs(here), ...seqs(there)].sort((a, b) => a - b)).toEqual(range(1, 200));
    });

    it('only what another connection can read already', async () => {
      const id = await fixture.conversation(['1']);
      const checks: Promise<boolean>[] = [];
      one.log.onCommitted(({ conversationId, head }) => {
        if (conversationId !== id) return;
        checks.push(rows(id).then((stored) => stored.length >= head));
      });
      await Promise.all(range(1, 30).map(() => one.log.append(draft(id))));
      await announced();
      expect(checks.length).toBeGreaterThan(0);
      expect(await Promise.all(checks)).not.toContain(false);
    });

    it('the head alone for a resend: its first announcement may have been lost', async () => {
      const id = await fixture.conversation(['1']);
      const same = draft(id, { clientMessageId: 'c-1' });
      await one.log.append(same);
      const heard = listen(two, id);
      await two.log.append(same);
      await announced();
      expect(heard).toEqual([{ conversationId: id, messages: [], head: 1 }]);
    });

    it('nothing for what was refused', async () => {
      const id = await fixture.conversation(['2']);
      const heard = listen(one, id);
      await one.log.append(draft(id));
      await announced();
      expect(heard).toEqual([]);
    });
  });

  it('has answered everything when it is drained', async () => {
    const id = await fixture.conversation(['1']);
    let answered = 0;
    const appends = range(1, 500).map(() => one.log.append(draft(id)).then(() => answered++));
    await one.log.drain();
    await Promise.resolve();
    expect(answered).toBe(500);
    await Promise.all(appends);
    expect(await rows(id)).toHaveLength(500);
  });
});
