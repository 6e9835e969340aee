import { Changes } from './changes.js';

/** What tests read of a message on the wire. */
export interface SeenMessage {
  readonly id: number;
  readonly conversationId: number;
  readonly seq: number;
  readonly content: string;
  readonly clientMessageId: string | null;
}

export interface StoredRow {
  readonly conversation_id: number;
  readonly seq: string;
  readonly id: string;
  readonly content: string;
  readonly client_message_id: string | null;
}

export interface StoredHead {
  readonly id: number;
  readonly last_seq: string;
}

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

const MAX_SHOWN = 20;

/**
 * What the service promised: every success it acked, every message that each reader was told.
 * At the end the books are compared with the database.
 */
export class Ledger {
  /** By clientMessageId: what was to be written, whatever became of it. */
  readonly offered = new Map<string, { conversationId: number; content: string }>();
  readonly acked = new Map<string, SeenMessage>();
  /** How often a failure was acked, by code. */
  readonly failures = new Map<string, number>();
  /** Resends that were answered with `duplicate: true`. */
  duplicates = 0;
  private readonly broken: string[] = [];
  private readonly changes = new Changes();

  get ackCount(): number {
    return this.acked.size;
  }

  accept(clientMessageId: string, message: SeenMessage, isDuplicate: boolean): void {
    const before = this.acked.get(clientMessageId);
    if (before) this.breach(`${clientMessageId} was acked with success twice`);
    this.acked.set(clientMessageId, message);
    if (isDuplicate) this.duplicates++;
    this.changes.happened();
  }

  refuse(code: string): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    this.changes.happened();
  }

  /** Something that must never be. */
  breach(text: string): void {
    this.broken.push(text);
    this.changes.happened();
  }

  /** To be called after anything that somebody may wait for. */
  note(): void {
    this.changes.happened();
  }

  /** Resolves as soon as it holds; fails at once when the service breaks its word meanwhile. */
  async until(what: string | (() => string), holds: () => boolean): Promise<void> {
    await this.changes.until(what, () => this.broken.length > 0 || holds());
    if (this.broken.length > 0) throw new Error(this.broken.slice(0, MAX_SHOWN).join('\n'));
  }

  /**
   * Everything that does not add up; empty when the service kept its word. Older conversations than
   * those of this crowd have books of their own.
   */
  async audit(query: Query, readers: readonly Booked[]): Promise<readonly string[]> {
    const first = Math.min(
      ...new Set([...this.offered.values()].map((each) => each.conversationId)),
    );
    const rows = (await query(
      `SELECT conversation_id, seq, id, content, client_message_id FROM messages
       WHERE conversation_id >= ${first} ORDER BY conversation_id, seq`,
    )) as unknown as StoredRow[];
    const heads = (await query(
      `SELECT id, last_seq FROM conversations WHERE id >= ${first} ORDER BY id`,
    )) as unknown as StoredHead[];
    const problems: string[] = [
      ...this.broken,
      ...this.lostOrDoubled(rows),
      ...gaps(rows, heads),
      ...readers.flatMap((reader) => [...missedBy(reader, rows)]),
    ];
    return problems.slice(0, MAX_SHOWN);
  }

  private *lostOrDoubled(rows: readonly StoredRow[]): Generator<string, void> {
    const stored = new Map<string, StoredRow>();
    for (const row of rows) {
      const key = row.client_message_id ?? '';
      if (stored.has(key)) yield `${key} is stored twice`;
      if (!this.offered.has(key)) yield `${key} was never sent`;
      stored.set(key, row);
    }
    for (const [key, { conversationId, content }] of this.offered) {
      const row = stored.get(key);
      const acked = this.acked.get(key);
      if (!row) {
        yield acked ? `${key} was acked, and is lost` : `${key} was never acked`;
      } else if (row.conversation_id !== conversationId || row.content !== content) {
        yield `${key} is not stored as it was sent`;
      } else if (acked && (acked.seq !== Number(row.seq) || acked.id !== Number(row.id))) {
        yield `${key} is ${row.id}/${row.seq}, but was acked as ${acked.id}/${acked.seq}`;
      }
    }
  }
}

/** A reader's book: what it was shown of each conversation, in the order it was shown. */
export interface Booked {
  readonly name: string;
  readonly seen: ReadonlyMap<number, readonly SeenMessage[]>;
}

function* gaps(rows: readonly StoredRow[], heads: readonly StoredHead[]): Generator<string, void> {
  const last = new Map<number, number>();
  for (const { conversation_id: conversation, seq } of rows) {
    const expected = (last.get(conversation) ?? 0) + 1;
    if (Number(seq) !== expected) yield `${conversation}: ${seq} follows ${expected - 1}`;
    last.set(conversation, Number(seq));
  }
  for (const { id, last_seq: head } of heads) {
    if (Number(head) !== (last.get(id) ?? 0)) yield `${id}: last_seq ${head} is not the last`;
  }
}

function* missedBy({ name, seen }: Booked, rows: readonly StoredRow[]): Generator<string, void> {
  for (const [conversation, messages] of seen) {
    const stored = rows.filter((row) => row.conversation_id === conversation);
    if (stored.length !== messages.length) {
      yield `${name} saw ${messages.length} of ${stored.length} messages in ${conversation}`;
    }
    for (const [index, row] of stored.entries()) {
      const message = messages[index];
      const isSame = message?.id === Number(row.id) && message.content === row.content;
      if (!isSame) yield `${name} saw ${message?.id} in ${conversation} where ${row.id} stands`;
    }
  }
}
