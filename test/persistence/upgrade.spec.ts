import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/persistence/data-source.js';
import { migrate } from '../../src/persistence/migrate.js';
import { migrations } from '../../src/persistence/migrations/index.js';
import { PostgresMessageLog } from '../../src/persistence/postgres-message-log.js';
import { TypeOrmConversationStore } from '../../src/persistence/stores/typeorm-conversation.store.js';
import { TypeOrmMessageStore } from '../../src/persistence/stores/typeorm-message.store.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { draft } from './support/log-fixture.js';

const TABLES = ['users', 'conversations', 'participants', 'messages', 'reactions', 'receipts'];

/** Paths that look like this service's uploads, though they were the application's own. */
const OLD_ATTACHMENTS = [
  'https://example.org/picture.png',
  '/uploads/2024/report.pdf',
  '/uploads/0b0e7c5e-3c1b-4d4e-9a9e-6a2f3a1b2c3d',
];

describe('a database of the first release', () => {
  let database: TestDatabase;
  const opened: { close(): Promise<unknown> }[] = [];

  beforeEach(async () => void (database = await createEmptyDatabase()));
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
    await database.drop();
  });

  /** The stores of a release that has the first `count` migrations. */
  const release = async (count: number) => {
    const options = dataSourceOptions(database.url, 4);
    const source = new DataSource({ ...options, migrations: migrations.slice(0, count) });
    await source.initialize();
    opened.push({ close: () => source.destroy() });
    await migrate(source);
    const log = new PostgresMessageLog(source, database.url);
    opened.push(log);
    return {
      log,
      conversations: new TypeOrmConversationStore(source),
      messages: new TypeOrmMessageStore(source),
    };
  };

  const snapshot = async () => {
    const rows: Record<string, unknown[]> = {};
    for (const table of TABLES) {
      rows[table] = await database.query(`SELECT t.* FROM ${table} t ORDER BY t::text COLLATE "C"`);
    }
    return rows;
  };

  /** By SQL, as what reads and writes today knows columns that were not there. */
  const settleConversation = async () => {
    const [row] = await database.query(
      `WITH kept AS (INSERT INTO conversations (type, created_by, participant_count)
         VALUES ('private', '1', 2), ('public', '1', 0) RETURNING id, type)
       INSERT INTO participants (conversation_id, user_id, role)
       SELECT kept.id, users.id, 'member' FROM kept, (VALUES ('1'), ('2')) users(id)
       WHERE type = 'private' RETURNING conversation_id`,
    );
    return Number(row?.conversation_id);
  };

  /** One row or more in each table. */
  const settle = async () => {
    const { log } = await release(1);
    const id = await settleConversation();
    for (const clientMessageId of ['c-1', 'c-2']) {
      await log.append(draft(id, { clientMessageId, attachments: OLD_ATTACHMENTS }));
    }
    const [sent] = await database.query('SELECT id, seq, sender_id FROM messages WHERE seq = 1');
    if (!sent) throw new Error('Nothing was sent');
    const { sender_id: senderId } = sent as { sender_id: string };
    const first = { id: Number(sent.id), seq: 1, senderId, isShadowed: false };
    await database.query(
      `INSERT INTO reactions (conversation_id, message_id, user_id, emoji) VALUES ($1, $2, '2', '👍')`,
      [id, first.id],
    );
    await database.query(
      `WITH known AS (INSERT INTO users (id, username) VALUES ('1', 'alice'))
       INSERT INTO receipts (conversation_id, user_id, seq, message_id, read_at)
       VALUES ($1, '2', 1, $2, now())`,
      [id, first.id],
    );
    return { id, first };
  };

  it('keeps every row as it was', async () => {
    await settle();
    const before = await snapshot();
    for (const table of TABLES) expect(before[table]).not.toEqual([]);
    await release(migrations.length);
    expect(await snapshot()).toMatchObject(before);
  });

  it('lets in whom it let in before', async () => {
    await settle();
    await release(migrations.length);
    const rows = await database.query('SELECT type, is_public FROM conversations ORDER BY type');
    expect(rows).toEqual([
      { type: 'private', is_public: false },
      { type: 'public', is_public: true },
    ]);
  });

  it('goes on: sends, repeats, deletes, also what looks like uploads of its own', async () => {
    const { id, first } = await settle();
    const { log, messages, conversations } = await release(migrations.length);
    const repeat = draft(id, { clientMessageId: 'c-2', attachments: OLD_ATTACHMENTS });
    expect(await log.append(repeat)).toMatchObject({ outcome: 'duplicate', message: { seq: 2 } });
    expect(await log.append(draft(id))).toMatchObject({ outcome: 'appended', message: { seq: 3 } });
    const gone = await messages.delete({ ...first, conversationId: id }, '1');
    expect(gone).toMatchObject({ content: '', attachments: [] });
    await conversations.delete(id);
    expect(await database.query('SELECT 1 FROM messages')).toEqual([]);
  });
});
