import type { DataSource } from 'typeorm';
import { ReceiptStore, type ReadPointer, type ReadResult } from '../../core/ports/receipt-store.js';
import { asUnavailable, isDataError } from '../database-errors.js';
import { GroupCommit } from '../../core/group-commit.js';
import { unreadCount } from './conversation-summaries.js';

interface ReceiptRow {
  ord: string;
  is_advanced: boolean;
  read_at: Date;
  unread: number;
}

/**
 * One upsert for all pointers of a flush. The snapshot of `moved` does not show its own writes,
 * hence the greater of the old and the new position in the count. The lock keeps a conversation that
 * is being deleted from leaving pointers behind.
 */
const ADVANCE = `
  WITH pointers AS (
    SELECT * FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::bigint[])
      WITH ORDINALITY AS p(conversation_id, user_id, seq, message_id, ord)
  ), living AS (
    SELECT id FROM conversations WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE
  ), moved AS (
    INSERT INTO receipts AS r (conversation_id, user_id, seq, message_id, read_at)
    SELECT conversation_id, user_id, seq, message_id, date_trunc('milliseconds', clock_timestamp())
    FROM pointers JOIN living ON living.id = conversation_id ORDER BY conversation_id, user_id
    ON CONFLICT (conversation_id, user_id) DO UPDATE
      SET seq = excluded.seq, message_id = excluded.message_id, read_at = excluded.read_at
      WHERE r.seq < excluded.seq
    RETURNING conversation_id, user_id, read_at
  )
  SELECT p.ord, m.user_id IS NOT NULL AS is_advanced, coalesce(m.read_at, r.read_at, now()) AS read_at,
    ${unreadCount('p.conversation_id', 'greatest(p.seq, coalesce(r.seq, 0))', 'p.user_id')} AS unread
  FROM pointers p
  LEFT JOIN moved m ON m.conversation_id = p.conversation_id AND m.user_id = p.user_id
  LEFT JOIN receipts r ON r.conversation_id = p.conversation_id AND r.user_id = p.user_id`;

export class TypeOrmReceiptStore extends ReceiptStore {
  private readonly commits: GroupCommit<ReadPointer, ReadResult>;

  constructor(private readonly dataSource: DataSource) {
    super();
    this.commits = new GroupCommit<ReadPointer, ReadResult>({
      write: (batch) => this.write(batch),
      isItemsFault: isDataError,
      keyOf: ({ conversationId, userId }) => `${conversationId}\n${userId}`,
    });
  }

  async advance(pointer: ReadPointer): Promise<ReadResult> {
    try {
      return await this.commits.add(pointer);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  private async write(pointers: readonly ReadPointer[]): Promise<ReadResult[]> {
    const rows = await this.dataSource.query<ReceiptRow[]>(ADVANCE, [
      pointers.map(({ conversationId }) => conversationId),
      pointers.map(({ userId }) => userId),
      pointers.map(({ seq }) => seq),
      pointers.map(({ messageId }) => messageId),
    ]);
    const results = new Array<ReadResult>(pointers.length);
    for (const { ord, is_advanced, read_at, unread } of rows) {
      results[Number(ord) - 1] = { isAdvanced: is_advanced, readAt: read_at, unreadCount: unread };
    }
    return results;
  }
}
