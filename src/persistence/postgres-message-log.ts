import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { MessagesCommitted } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { Message, MessageDraft } from '../core/model/message.js';
import { MessageLog, type AppendResult, type CommitListener } from '../core/ports/message-log.js';
import { asUnavailable, isDataError } from './database-errors.js';
import { GroupCommit } from './group-commit.js';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from './message-rows.js';
import { PreparedStatement } from './prepared-statement.js';

type Outcome = AppendResult['outcome'];

interface AppendRow {
  readonly ord: number;
  readonly outcome: Outcome;
  readonly id: string | null;
  readonly seq: string | null;
  /** Milliseconds since the epoch. */
  readonly sent_ms: number;
}

/** A draft as the log needs it: with the digest that tells a resend from a conflict. */
interface FingerprintedDraft extends MessageDraft {
  readonly fingerprint: string | null;
}

const fingerprintOf = (draft: MessageDraft): string | null => {
  if (draft.clientMessageId === null) return null;
  const { type, content, attachments, replyTo, metadata } = draft;
  const text = JSON.stringify([type, content, attachments, replyTo, metadata]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
};

const clientKeyOf = ({ conversationId, senderId, clientMessageId }: MessageDraft): string | null =>
  clientMessageId === null ? null : `${conversationId}\n${senderId}\n${clientMessageId}`;

/** The message log in PostgreSQL: see the function `append_messages` of the first migration. */
export class PostgresMessageLog extends MessageLog {
  private readonly listeners: CommitListener[] = [];
  private readonly statement: PreparedStatement;
  private readonly commits: GroupCommit<FingerprintedDraft, AppendResult>;

  constructor(
    private readonly dataSource: DataSource,
    databaseUrl: string,
  ) {
    super();
    this.statement = new PreparedStatement(databaseUrl, {
      name: 'append_messages',
      text: 'SELECT * FROM append_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
    });
    this.commits = new GroupCommit<FingerprintedDraft, AppendResult>({
      write: (batch) => this.write(batch),
      isItemsFault: isDataError,
      keyOf: clientKeyOf,
      onWritten: (results) => this.announce(results),
    });
  }

  async append(draft: MessageDraft): Promise<AppendResult> {
    try {
      return await this.commits.add({ ...draft, fingerprint: fingerprintOf(draft) });
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  onCommitted(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  drain(): Promise<void> {
    return this.commits.drain();
  }

  async close(): Promise<void> {
    await this.drain();
    await this.statement.close();
  }

  private async write(drafts: readonly FingerprintedDraft[]): Promise<AppendResult[]> {
    const rows = await this.statement.run<AppendRow>(parametersOf(drafts));
    const results = new Array<AppendResult>(drafts.length);
    for (const row of rows) {
      const draft = drafts[row.ord - 1];
      if (!draft) continue;
      results[row.ord - 1] =
        row.outcome === 'duplicate'
          ? { outcome: 'duplicate', message: await this.readFirst(draft) }
          : toResult(draft, row);
    }
    return results;
  }

  private async readFirst(draft: MessageDraft): Promise<Message> {
    const rows = await this.dataSource.query<MessageRow[]>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages m
       WHERE m.conversation_id = $1 AND m.sender_id = $2 AND m.client_message_id = $3`,
      [draft.conversationId, draft.senderId, draft.clientMessageId],
    );
    const [row] = rows;
    // Only a conversation deleted this very moment takes a committed message with it.
    if (!row) throw new Error('The first message of a repeated client id has gone');
    return toMessage(row);
  }

  /** Deferred by one turn, so that the senders' acks are written first. */
  private announce(results: readonly AppendResult[]): void {
    const commits = commitsOf(results);
    setImmediate(() => {
      for (const commit of commits) for (const listener of this.listeners) listener(commit);
    });
  }
}

function commitsOf(results: readonly AppendResult[]): Iterable<MessagesCommitted> {
  const commits = new Map<ConversationId, { messages: Message[]; head: number }>();
  for (const result of results) {
    if (result.outcome !== 'appended' && result.outcome !== 'duplicate') continue;
    const { conversationId, seq } = result.message;
    let commit = commits.get(conversationId);
    if (!commit) commits.set(conversationId, (commit = { messages: [], head: 0 }));
    if (result.outcome === 'appended') commit.messages.push(result.message);
    commit.head = Math.max(commit.head, seq);
  }
  return [...commits].map(([conversationId, commit]) => ({ conversationId, ...commit }));
}

function parametersOf(drafts: readonly FingerprintedDraft[]): unknown[] {
  const column = <T>(of: (draft: FingerprintedDraft) => T): T[] => drafts.map(of);
  return [
    column((draft) => draft.conversationId),
    column((draft) => draft.senderId),
    column((draft) => draft.senderName),
    column((draft) => draft.type),
    column((draft) => draft.content),
    column((draft) => JSON.stringify(draft.attachments)),
    column((draft) => JSON.stringify(draft.mentions)),
    column((draft) => (draft.metadata === null ? null : JSON.stringify(draft.metadata))),
    column((draft) => draft.replyTo),
    column((draft) => draft.clientMessageId),
    column((draft) => draft.fingerprint),
  ];
}

const toResult = (draft: MessageDraft, row: AppendRow): AppendResult =>
  row.outcome === 'appended'
    ? { outcome: 'appended', message: numbered(draft, row) }
    : { outcome: row.outcome as Exclude<Outcome, 'appended' | 'duplicate'> };

const numbered = (draft: MessageDraft, row: AppendRow): Message => ({
  id: Number(row.id),
  conversationId: draft.conversationId,
  seq: Number(row.seq),
  senderId: draft.senderId,
  senderName: draft.senderName,
  type: draft.type,
  content: draft.content,
  attachments: draft.attachments,
  replyTo: draft.replyTo,
  mentions: draft.mentions,
  reactions: {},
  clientMessageId: draft.clientMessageId,
  metadata: draft.metadata,
  sentAt: new Date(row.sent_ms),
  editedAt: null,
  deletedAt: null,
});
