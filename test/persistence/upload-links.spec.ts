import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { uploadPath, type UploadId } from '../../src/core/model/upload.js';
import type { AppendResult } from '../../src/core/ports/message-log.js';
import { range } from '../support/chat-shapes.js';
import { eventually } from './support/database-folder.js';
import { draft } from './support/log-fixture.js';
import { anUpload, startUploads, type UploadFixture } from './support/upload-fixture.js';

let fixture: UploadFixture;
let store: UploadFixture['store'];
let upload: UploadFixture['upload'];
let send: UploadFixture['send'];
let standing: UploadFixture['standing'];
let conversationId: number;

beforeAll(async () => {
  fixture = await startUploads();
  ({ store, upload, send, standing } = fixture);
});
afterAll(() => fixture.close());
beforeEach(async () => void (conversationId = await fixture.conversation(['1', '2'])));

const sentMessage = (result: AppendResult) => {
  if (result.outcome !== 'appended') throw new Error(result.outcome);
  return result.message;
};
const remove = async (result: AppendResult) => fixture.messages.delete(sentMessage(result), '1');

describe('an upload is held by the messages that name it', () => {
  it('each of them once, from its commit', async () => {
    const [{ id: a }, { id: b }] = [await upload(conversationId), await upload(conversationId)];
    sentMessage(await send(conversationId, [a]));
    sentMessage(await send(conversationId, [a, b, a]));
    expect([await standing(a), await standing(b)]).toEqual(['ready 2', 'ready 1']);
  });

  it('not by resends, edits, other paths or texts about it', async () => {
    const { id } = await upload(conversationId);
    const frame = draft(conversationId, { attachments: [uploadPath(id)], clientMessageId: 'c' });
    const [node] = fixture.nodes;
    const message = sentMessage(await node.log.append(frame));
    expect((await node.log.append(frame)).outcome).toBe('duplicate');
    await fixture.messages.edit(message, { content: 'edited', mentions: [], isShadowed: false });
    const attachments = [`/uploads/${id}/thumbnail`, `https://example.org${uploadPath(id)}`];
    sentMessage(await node.log.append(draft(conversationId, { attachments })));
    sentMessage(await node.log.append(draft(conversationId, { content: uploadPath(id) })));
    expect(await standing(id)).toBe('ready 1');
  });

  it('until the last of them is deleted: then its file may go', async () => {
    const { id } = await upload(conversationId);
    const [first, second] = [
      await send(conversationId, [id]),
      await send(conversationId, [id, id]),
    ];
    await remove(first);
    // Deleting it again lets nothing go twice.
    expect(await remove(first)).toBeNull();
    expect(await standing(id)).toBe('ready 1');
    await remove(second);
    expect(await standing(id)).toBe('given-up 0');
    expect((await send(conversationId, [id])).outcome).toBe('upload-not-found');
  });

  it('and goes with its conversation, named or not; others stay', async () => {
    const elsewhere = await fixture.conversation(['1']);
    const { id: other } = await upload(elsewhere);
    await send(elsewhere, [other]);
    const { id: named } = await upload(conversationId);
    const { id: waiting } = await upload(conversationId);
    const unfinished = anUpload(conversationId);
    await store.reserve(unfinished);
    for (const _ of range(1, 3)) await send(conversationId, [named]);
    await fixture.nodes[0].conversations.delete(conversationId);
    const standings = await Promise.all([named, waiting, unfinished.id, other].map(standing));
    expect(standings).toEqual(['given-up 0', 'given-up 0', 'given-up 0', 'ready 1']);
  });
});

describe('a message cannot name an upload', () => {
  const refuses = async (ids: readonly UploadId[]) => {
    expect((await send(conversationId, ids)).outcome).toBe('upload-not-found');
    const count = 'SELECT count(*)::integer AS n FROM messages WHERE conversation_id = $1';
    expect(await fixture.database.query(count, [conversationId])).toEqual([{ n: 0 }]);
  };

  it('that there is none of', () => refuses(['00000000-0000-0000-0000-000000000000']));

  it('of another conversation, even beside one of its own', async () => {
    const { id: foreign } = await upload(await fixture.conversation(['1']));
    const { id: own } = await upload(conversationId);
    await refuses([own, foreign]);
    expect([await standing(own), await standing(foreign)]).toEqual(['ready 0', 'ready 0']);
  });

  it('that is not complete, or given up', async () => {
    const unfinished = anUpload(conversationId);
    await store.reserve(unfinished);
    await refuses([unfinished.id]);
    await store.giveUp(unfinished.id);
    await refuses([unfinished.id]);
  });

  it('and is refused alone: what was sent with it is stored, without a gap', async () => {
    const { id } = await upload(conversationId);
    const wanted = range(1, 20).map((n) => (n % 5 ? [id] : [anUpload(1).id]));
    const results = await Promise.all(wanted.map((ids) => send(conversationId, ids)));
    const outcomes = results.map(({ outcome }) => outcome);
    const expected = range(1, 20).map((n) => (n % 5 ? 'appended' : 'upload-not-found'));
    expect(outcomes).toEqual(expected);
    const seqs = results.flatMap((result) => ('message' in result ? [result.message.seq] : []));
    expect(seqs.sort((x, y) => x - y)).toEqual(range(1, 16));
    expect(await standing(id)).toBe('ready 16');
  });
});

describe('naming an upload while it is given up', () => {
  /** Runs `first` in a transaction that stays open until `second` waits for it, or is done. */
  async function whileOpen<T>(first: [string, unknown[]], second: () => Promise<T>): Promise<T> {
    const client = new pg.Client(fixture.database.url);
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(...first);
      let isDone = false;
      const outcome = second().finally(() => (isDone = true));
      await eventually(async () => {
        // Not asked in the transaction, which would see the connections of its beginning.
        const waiting = await fixture.database.query(
          `SELECT 1 FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return isDone || waiting.length === 1;
      });
      await client.query('COMMIT');
      return await outcome;
    } finally {
      await client.end();
    }
  }

  it('too late: the message is not stored', async () => {
    const { id } = await upload(conversationId);
    const giveUp = `UPDATE uploads SET state = 'given-up' WHERE id = $1 AND links = 0`;
    const sent = await whileOpen([giveUp, [id]], () => send(conversationId, [id]));
    expect(sent.outcome).toBe('upload-not-found');
    expect(await standing(id)).toBe('given-up 0');
  });

  it('just in time: the upload is kept, by id and by age', async () => {
    const say = `INSERT INTO messages (conversation_id, seq, sender_id, sender_name, type, content,
      attachments, sent_at) VALUES ($1, $2, '1', 'alice', 'image', '', $3, now())`;
    const { id, createdAt } = await upload(conversationId);
    const attachments = JSON.stringify([uploadPath(id)]);
    const moment = new Date(createdAt.getTime() + 1);
    await whileOpen([say, [conversationId, 1, attachments]], () => store.giveUpBefore(moment));
    expect(await standing(id)).toBe('ready 1');
    const { id: other } = await upload(conversationId);
    const its = JSON.stringify([uploadPath(other)]);
    await whileOpen([say, [conversationId, 2, its]], () => store.giveUp(other));
    expect(await standing(other)).toBe('ready 1');
  });

  it('two hundred times: no stored message ever names one that is given up', async () => {
    const outcomes = new Set<string>();
    for (const round of range(1, 200)) {
      const { id, createdAt } = await upload(conversationId);
      const giveUp = () => store.giveUpBefore(new Date(createdAt.getTime() + 1));
      // Not always the same one first; and in the first two rounds one wholly before the other.
      if (round === 1) await giveUp();
      const given = round % 2 ? giveUp() : undefined;
      const sending = send(conversationId, [id], fixture.nodes[round % 4 < 2 ? 0 : 1]);
      if (round === 2) await sending;
      const [sent] = await Promise.all([sending, given ?? giveUp()]);
      outcomes.add(sent.outcome);
      const isStored = sent.outcome === 'appended';
      expect([round, await standing(id)]).toEqual([round, isStored ? 'ready 1' : 'given-up 0']);
    }
    expect([...outcomes].sort()).toEqual(['appended', 'upload-not-found']);
    const broken = `SELECT m.seq FROM messages m, unnest(upload_ids(m.attachments)) AS named
      LEFT JOIN uploads u ON u.id = named
      WHERE m.conversation_id = $1 AND u.state IS DISTINCT FROM 'ready'`;
    expect(await fixture.database.query(broken, [conversationId])).toEqual([]);
  }, 60_000);
});
