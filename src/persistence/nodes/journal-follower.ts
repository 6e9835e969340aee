import { Logger } from '@nestjs/common';
import type { JournalReader } from '../../core/ports/journal.js';
import type { NodeId } from '../../core/ports/nodes.js';
import { appliedChannel } from './channels.js';
import type { NodeLine } from './node-line.js';

const PAGE = 1_000;

const HEAD = `SELECT greatest(
  (SELECT max(id) FROM journal), (SELECT removed FROM journal_end)) AS head`;

const NEXT = `SELECT id, origin, is_awaited, entry FROM journal WHERE id > $1
  ORDER BY id LIMIT ${PAGE}`;

const REMOVED = 'SELECT removed FROM journal_end';

/** Tells each origin alone that this node has read on. */
const CONFIRM = 'SELECT pg_notify(channel, $2) FROM unnest($1::text[]) AS channel';

interface Row {
  readonly id: string;
  readonly origin: NodeId;
  readonly is_awaited: boolean;
  readonly entry: string;
}

/** More was removed from the journal than this node had read of it: it can never catch up. */
export class TooFarBehind extends Error {}

/** Reads the journal to its end, and on whenever it grows. Each entry is applied once. */
export class JournalFollower {
  private readonly logger = new Logger('Journal');
  private readonly readers: JournalReader[] = [];
  private position = 0;
  private following: Promise<void> | null = null;
  private isRung = false;

  constructor(
    private readonly nodeId: NodeId,
    private readonly line: NodeLine,
  ) {}

  /** Up to where everything is applied. */
  get applied(): number {
    return this.position;
  }

  onEntry(reader: JournalReader): void {
    this.readers.push(reader);
  }

  /** What is older was before this node's time. */
  async begin(): Promise<void> {
    this.position = await this.head();
  }

  /** Resolves when all that was there when it was called is applied. `TooFarBehind`. */
  follow(): Promise<void> {
    this.isRung = true;
    return (this.following ??= this.readAll());
  }

  async head(): Promise<number> {
    const [row] = await this.line.query<{ head: string }>(HEAD);
    return Number(row?.head ?? 0);
  }

  private async readAll(): Promise<void> {
    try {
      while (this.isRung) {
        this.isRung = false;
        await this.readPage();
      }
    } finally {
      // In the same turn as the last look: who calls after it finds nobody reading.
      this.following = null;
    }
  }

  private async readPage(): Promise<void> {
    const rows = await this.line.query<Row>(NEXT, [this.position]);
    // Removal and reading may cross: asked after what is there was read. Where nothing is there,
    // too: all that was missed may have been removed.
    const [end] = await this.line.query<{ removed: string }>(REMOVED);
    if (Number(end?.removed) > this.position) throw new TooFarBehind();
    const last = rows.at(-1);
    if (!last) return;
    if (rows.length === PAGE) this.isRung = true;
    await this.apply(rows);
    this.position = Number(last.id);
    await this.confirm(rows);
  }

  private async apply(rows: readonly Row[]): Promise<void> {
    const theirs = rows.filter(({ origin }) => origin !== this.nodeId);
    const applied = theirs.flatMap(({ entry }) => this.readers.map((reader) => reader(entry)));
    for (const result of await Promise.allSettled(applied)) {
      if (result.status === 'fulfilled') continue;
      this.logger.error({ event: 'ENTRY_NOT_APPLIED', error: result.reason as unknown });
    }
  }

  private async confirm(rows: readonly Row[]): Promise<void> {
    const awaited = rows.filter(({ origin, is_awaited }) => is_awaited && origin !== this.nodeId);
    const channels = new Set(awaited.map(({ origin }) => appliedChannel(origin)));
    if (channels.size === 0) return;
    await this.line.query(CONFIRM, [[...channels], `${this.nodeId} ${this.position}`]);
  }
}
