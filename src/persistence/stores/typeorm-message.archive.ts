import type { DataSource } from 'typeorm';
import type { Role } from '../../core/model/identity.js';
import {
  MessageArchive,
  type ArchivedMessage,
  type ArchiveRange,
} from '../../core/ports/message-archive.js';

interface ArchiveRow {
  readonly id: string;
  readonly conversation_id: number;
  readonly sender_id: string;
  readonly roles: Role[] | null;
  readonly content: string;
  readonly attachments: string[];
  readonly mentions: string[];
  readonly sent_at: Date;
}

export class TypeOrmMessageArchive extends MessageArchive {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async newest({
    conversationId,
    before,
    limit,
  }: ArchiveRange): Promise<readonly ArchivedMessage[]> {
    const rows = await this.dataSource.query<ArchiveRow[]>(
      `SELECT m.id, m.conversation_id, m.sender_id, u.roles, m.content, m.attachments,
         m.mentions, m.sent_at
       FROM messages m LEFT JOIN users u ON u.id = m.sender_id
       WHERE ($1::integer IS NULL OR m.conversation_id = $1) AND ($2::bigint IS NULL OR m.id < $2)
         AND m.deleted_at IS NULL AND m.type <> 'system'
       ORDER BY m.id DESC LIMIT $3`,
      [conversationId, before, limit],
    );
    return rows.map(toArchived);
  }
}

const toArchived = (row: ArchiveRow): ArchivedMessage => ({
  id: Number(row.id),
  conversationId: row.conversation_id,
  senderId: row.sender_id,
  senderRoles: row.roles ?? [],
  content: row.content,
  attachments: row.attachments,
  mentions: row.mentions,
  sentAt: row.sent_at,
});
