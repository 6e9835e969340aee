import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import type { JournalReader } from '../../core/ports/journal.js';
import type { NodeId } from '../../core/ports/nodes.js';
import { appliedChannel, JOURNAL_LOCK } from './channels.js';
import type { NodeLine } from './node-line.js';

const PAGE = 200;
/** A node that gets nowhere for so long is not worth waiting for. */
const STUCK_AFTER_MS = 4_000;

const HEAD = `SELECT greatest(
  (SELECT max(id) FROM journal), (SELECT removed FROM journal_end)) AS head`;

const NEXT = `SELECT id, origin, is_awaited, entry FROM journal WHERE id > $1
  ORDER BY id LIMIT ${PAGE}`;

/** Where what is kept begins, and ends. */
const BOUNDS = `SELECT removed, greatest(removed, (SELECT max(id) FROM journal)) AS head
  FROM journal_end`;

/** An hour is more than any node is away and comes back from. One node at a time, in bits. */
const FORGET = `
  WITH mine AS (SELECT pg_try_advisory_xact_lock(${JOURNAL_LOCK} + 1) AS is_mine),
  old AS (
    DELETE FROM journal WHERE id IN (
      SELECT id FROM journal
      WHERE (SELECT is_mine FROM mine) AND written_at < clock_timestamp() - interval '1 hour'
      ORDER BY id LIMIT 20000
    ) RETURNING id
  )
  UPDATE journal_end SET removed = greatest(removed, (SELECT max(id) FROM old))
  WHERE EXISTS (SELECT 1 FROM old)`;
const FORGET_EVERY_MS = 60_000;

/** Tells each origin alone that this node has read on. */
const CONFIRM = 'SELECT pg_notify(channel, $2) FROM unnest($1::text[]) AS channel';

interface Row {
  readonly id: string;
  readonly origin: NodeId;
  readonly is_awaited: boolean;
  readonly entry: string;
}

/**
 * More was removed from the journal than this node had read of it, or it is another journal, as
 * after a restored backup: it can never catch up.
 */
export class TooFarBehind extends Error {}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Reads the journal to its end, and on whenever it grows. Each entry is applied once. */
export class JournalFollower {
  private readonly logger = new Logger('Journal');
  private readonly readers: JournalReader[] = [];
  private position = 0;
  private waiting: Waiting[] = [];
  private isReading = false;
  private gotOnAt = performance.now();
  private forgottenAt = performance.now();

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

  /** Whether it has read on, or found nothing to read, of late. */
  get isGettingOn(): boolean {
    return performance.now() - this.gotOnAt < STUCK_AFTER_MS;
  }

  /** Resolves when all that was there when it was called is applied. `TooFarBehind`. */
  follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (!this.isReading) void this.readAll();
    });
  }

  async head(): Promise<number> {
    const [row] = await this.line.query<{ head: string }>(HEAD);
    return Number(row?.head ?? 0);
  }

  private async readAll(): Promise<void> {
    this.isReading = true;
    while (this.waiting.length > 0) {
      // Who calls from now on wants what comes from now on.
      const served = this.waiting;
      this.waiting = [];
      try {
        while (await this.readPage());
        for (const { resolve } of served) resolve();
      } catch (error) {
        for (const { reject } of served) reject(error);
      }
    }
    this.isReading = false;
  }

  /** Returns whether there may be more of what was there when it began. */
  private async readPage(): Promise<boolean> {
    const rows = await this.line.query<Row>(NEXT, [this.position]);
    // Removal and reading may cross: asked after what is there was read. Where nothing is there,
    // too: all that was missed may have been removed.
    const [bounds] = await this.line.query<{ removed: string; head: string }>(BOUNDS);
    const isLost = Number(bounds?.removed) > this.position || Number(bounds?.head) < this.position;
    if (isLost) throw new TooFarBehind();
    const last = rows.at(-1);
    if (last) {
      await this.apply(rows);
      this.position = Number(last.id);
      await this.confirm(rows);
    }
    this.gotOnAt = performance.now();
    await this.forgetOld();
    return rows.length === PAGE;
  }

  private async forgetOld(): Promise<void> {
    if (performance.now() - this.forgottenAt < FORGET_EVERY_MS) return;
    this.forgottenAt = performance.now();
    await this.line.query(FORGET);
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
