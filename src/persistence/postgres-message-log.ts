import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { MessagesCommitted } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { Message, MessageDraft } from '../core/model/message.js';
import { MessageLog, type AppendResult, type CommitListener } from '../core/ports/message-log.js';
import { asUnavailable, breaks, isDataError, isOutage } from './database-errors.js';
import { GroupCommit } from '../core/group-commit.js';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from './message-rows.js';
import { PreparedStatement } from './prepared-statement.js';
import { UnconfirmedCommits } from './unconfirmed-commits.js';

/** Broken by a message whose upload was given up before it was committed: see `hold_uploads`. */
const UPLOADS_HELD = 'uploads_held';

type Outcome = AppendResult['outcome'];
type Duplicate = Extract<AppendResult, { outcome: 'duplicate' }>;

/** What the statement decided. Of a repeated message it knows the place only. */
type Decision =
  Exclude<AppendResult, Duplicate> | { readonly outcome: 'duplicate'; readonly place: Place };

interface Place {
  readonly conversationId: ConversationId;
  readonly seq: number;
}

interface AppendRow {
  readonly ord: number;
  /** `shadowed`: appended, but for nobody else to read. */
  readonly outcome: Outcome | 'shadowed';
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
  const said = Object.entries(metadata ?? {}).filter(([key]) => !key.startsWith('_'));
  const text = JSON.stringify([type, content, attachments, replyTo, said]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
};

const clientKeyOf = ({ conversationId, senderId, clientMessageId }: MessageDraft): string | null =>
  clientMessageId === null ? null : `${conversationId}\n${senderId}\n${clientMessageId}`;

/** The message log in PostgreSQL: see the function `append_messages` of the migrations. */
export class PostgresMessageLog extends MessageLog {
  private readonly listeners: CommitListener[] = [];
  private readonly statement: PreparedStatement;
  private readonly commits: GroupCommit<FingerprintedDraft, Decision>;
  private readonly recalls = new Set<Promise<AppendResult>>();
  private readonly unconfirmed: UnconfirmedCommits;
  private readonly logger = new Logger('MessageLog');

  constructor(
    private readonly dataSource: DataSource,
    databaseUrl: string,
  ) {
    super();
    this.statement = new PreparedStatement(databaseUrl, {
      name: 'append_messages',
      text: 'SELECT * FROM append_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
    });
    this.commits = new GroupCommit<FingerprintedDraft, Decision>({
      write: (batch) => this.write(batch),
      isItemsFault: isDataError,
      keyOf: clientKeyOf,
      onWritten: (decisions) => this.announce(commitsOf(decisions)),
    });
    this.unconfirmed = new UnconfirmedCommits(dataSource, (conversationId, head) =>
      this.announce([{ conversationId, messages: [], head }]),
    );
  }

  async append(draft: MessageDraft): Promise<AppendResult> {
    try {
      const decision = await this.commits.add({ ...draft, fingerprint: fingerprintOf(draft) });
      return decision.outcome === 'duplicate' ? await this.recall(decision.place) : decision;
    } catch (error) {
      if (breaks(error, UPLOADS_HELD)) return { outcome: 'upload-not-found' };
      throw asUnavailable(error);
    }
  }

  onCommitted(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  async drain(): Promise<void> {
    await this.commits.drain();
    // What was committed last is announced one turn later.
    await new Promise(setImmediate);
    await Promise.allSettled(this.recalls);
  }

  async close(): Promise<void> {
    await this.drain();
    this.unconfirmed.stop();
    await this.statement.close();
  }

  private async write(drafts: readonly FingerprintedDraft[]): Promise<Decision[]> {
    const rows = await this.run(drafts);
    const decisions = new Array<Decision>(drafts.length);
    for (const row of rows) {
      const draft = drafts[row.ord - 1];
      if (draft) decisions[row.ord - 1] = toDecision(draft, row);
    }
    return decisions;
  }

  private async run(drafts: readonly FingerprintedDraft[]): Promise<AppendRow[]> {
    try {
      return await this.statement.run<AppendRow>(parametersOf(drafts));
    } catch (error) {
      if (isOutage(error)) {
        // Said once for the batch, not for each of its senders.
        this.logger.warn({ event: 'BATCH_NOT_CONFIRMED', messages: drafts.length, error });
        this.unconfirmed.add(drafts.map(({ conversationId }) => conversationId));
      }
      throw error;
    }
  }

  /**
   * The message a repeated client id was given to first. Read apart from the batch: a crowd of
   * resends must not hold up what is new, nor a failing read make the committed look failed.
   */
  private recall(place: Place): Promise<AppendResult> {
    const recall = this.readFirst(place).finally(() => this.recalls.delete(recall));
    this.recalls.add(recall);
    return recall;
  }

  private async readFirst({ conversationId, seq }: Place): Promise<AppendResult> {
    const [row] = await this.dataSource.query<MessageRow[]>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.conversation_id = $1 AND m.seq = $2`,
      [conversationId, seq],
    );
    // Only a conversation deleted this very moment takes a committed message with it.
    return row
      ? { outcome: 'duplicate', message: toMessage(row) }
      : { outcome: 'conversation-not-found' };
  }

  /** Deferred by one turn, so that the senders' acks are written first. */
  private announce(commits: readonly MessagesCommitted[]): void {
    setImmediate(() => {
      for (const commit of commits) for (const listener of this.listeners) listener(commit);
    });
  }
}

function commitsOf(decisions: readonly Decision[]): readonly MessagesCommitted[] {
  const commits = new Map<ConversationId, { messages: Message[]; head: number }>();
  for (const decision of decisions) {
    const place = placeOf(decision);
    if (!place) continue;
    const { conversationId, seq } = place;
    let commit = commits.get(conversationId);
    if (!commit) commits.set(conversationId, (commit = { messages: [], head: 0 }));
    if (decision.outcome === 'appended') commit.messages.push(decision.message);
    commit.head = Math.max(commit.head, seq);
  }
  return [...commits].map(([conversationId, commit]) => ({ conversationId, ...commit }));
}

function placeOf(decision: Decision): Place | null {
  if (decision.outcome === 'appended') return decision.message;
  return decision.outcome === 'duplicate' ? decision.place : null;
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

function toDecision(draft: MessageDraft, row: AppendRow): Decision {
  const { outcome } = row;
  if (outcome === 'appended' || outcome === 'shadowed') {
    return { outcome: 'appended', message: numbered(draft, row) };
  }
  if (outcome !== 'duplicate') return { outcome };
  return { outcome, place: { conversationId: draft.conversationId, seq: Number(row.seq) } };
}

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
  isShadowed: row.outcome === 'shadowed',
});
