import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import { ChatError } from '../../core/core.errors.js';
import { Nodes, type NodeId } from '../../core/ports/nodes.js';
import type { Confirmations } from './confirmations.js';
import { TooFarBehind, type JournalFollower } from './journal-follower.js';
import type { NodeLine } from './node-line.js';

const LEASE_MS = 5_000;
/** This node believes in its lease for so much less than the others do. */
const MARGIN_MS = 500;
const ROUND_MS = 1_000;
/** Between two tries, as long as it is not current. */
const RETRY_MS = 250;
/** How long somebody waits for this node to be current. */
const CURRENT_WITHIN_MS = 3_000;
/** A node may be paused for a moment: only then is it cleared up after. */
const DEAD_FOR_MS = 10_000;
const CLEARING_MS = 30_000;
const FORGET_EVERY_MS = 60_000;

const interval = (ms: number): string => `interval '${ms} milliseconds'`;

const RENEW = `
  INSERT INTO nodes (id, expires_at, applied)
  VALUES ($1, clock_timestamp() + ${interval(LEASE_MS)}, $2)
  ON CONFLICT (id) DO UPDATE
  SET expires_at = excluded.expires_at, applied = excluded.applied, clearing_until = NULL`;

const OTHERS = `
  SELECT id, applied, expires_at > clock_timestamp() AS is_living,
    expires_at < clock_timestamp() - ${interval(DEAD_FOR_MS)}
      AND (clearing_until IS NULL OR clearing_until < clock_timestamp()) AS is_to_clear
  FROM nodes WHERE id <> $1`;

const CLAIM = `
  UPDATE nodes SET clearing_until = clock_timestamp() + ${interval(CLEARING_MS)}
  WHERE id = $1 AND expires_at < clock_timestamp()
    AND (clearing_until IS NULL OR clearing_until < clock_timestamp())
  RETURNING id`;

const BURY = 'DELETE FROM nodes WHERE id = $1 AND expires_at < clock_timestamp()';
const LEAVE = 'DELETE FROM nodes WHERE id = $1';

const FORGET = `
  WITH old AS (
    DELETE FROM journal WHERE written_at < clock_timestamp() - interval '1 hour' RETURNING id
  )
  UPDATE journal_end SET removed = greatest(removed, (SELECT max(id) FROM old))
  WHERE EXISTS (SELECT 1 FROM old)`;

interface OtherNode {
  readonly id: NodeId;
  readonly applied: string;
  readonly is_living: boolean;
  readonly is_to_clear: boolean;
}

/** The nodes of a service, by their leases in PostgreSQL. */
export class PostgresNodes extends Nodes {
  private readonly logger = new Logger('Nodes');
  private known: ReadonlySet<NodeId>;
  /** By this process's own clock, which goes on while it is paused. */
  private leasedUntil = 0;
  private isCaughtUp = false;
  private hasLapsed = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | null = null;
  private forgottenAt = performance.now();
  private readonly waiting = new Set<() => void>();
  private readonly deathListeners: ((nodeId: NodeId) => Promise<void>)[] = [];
  private readonly revivalListeners: (() => void)[] = [];

  constructor(
    readonly id: NodeId,
    private readonly line: NodeLine,
    private readonly follower: JournalFollower,
    private readonly confirmations: Confirmations,
  ) {
    super();
    this.known = new Set([id]);
  }

  /** Becomes one of the nodes. */
  async start(): Promise<void> {
    await this.follower.begin();
    await this.renew();
    this.isCaughtUp = true;
    this.nextRound();
  }

  get living(): ReadonlySet<NodeId> {
    return this.known;
  }

  get isCurrent(): boolean {
    return this.isCaughtUp && performance.now() < this.leasedUntil;
  }

  async current(): Promise<void> {
    if (this.isCurrent) return;
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(done);
        reject(new ChatError('UNAVAILABLE'));
      }, CURRENT_WITHIN_MS);
      this.waiting.add(done);
    });
  }

  onDeath(listener: (nodeId: NodeId) => Promise<void>): void {
    this.deathListeners.push(listener);
  }

  onRevival(listener: () => void): void {
    this.revivalListeners.push(listener);
  }

  /** Takes leave of the others: nobody waits for this node, or clears up after it. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.line.query(LEAVE, [this.id]).catch(() => undefined);
    await this.line.close();
  }

  private nextRound(): void {
    if (this.isClosed) return;
    const wait = this.isCurrent ? ROUND_MS : RETRY_MS;
    this.timer = setTimeout(() => void this.goRound().finally(() => this.nextRound()), wait);
  }

  private async goRound(): Promise<void> {
    try {
      await this.renew();
      // Also where the bell was not heard.
      await this.follower.follow();
      if (!this.isCaughtUp) this.revive();
      await this.forgetOld();
    } catch (error) {
      if (error instanceof TooFarBehind) this.giveUp();
      else this.logger.debug({ event: 'LEASE_NOT_RENEWED', error });
    }
  }

  private async renew(): Promise<void> {
    this.noteLapse();
    const askedAt = performance.now();
    await this.line.query(RENEW, [this.id, this.follower.applied]);
    const others = await this.line.query<OtherNode>(OTHERS, [this.id]);
    this.noteLapse();
    this.leasedUntil = askedAt + LEASE_MS - MARGIN_MS;
    const living = others.filter(({ is_living }) => is_living).map(({ id }) => id);
    this.known = new Set([this.id, ...living]);
    for (const { id, applied } of others) this.confirmations.confirm(id, Number(applied));
    this.confirmations.keepOnly(this.known);
    for (const { id, is_to_clear } of others) if (is_to_clear) void this.clearUpAfter(id);
  }

  /** From the moment on that the others may go on without it, whatever comes then. */
  private noteLapse(): void {
    if (!this.isCaughtUp || performance.now() < this.leasedUntil) return;
    this.isCaughtUp = false;
    this.hasLapsed = true;
    this.logger.warn({ event: 'LEASE_LOST', nodeId: this.id });
  }

  private revive(): void {
    if (performance.now() >= this.leasedUntil) return;
    this.isCaughtUp = true;
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
    if (!this.hasLapsed) return;
    this.hasLapsed = false;
    this.logger.log({ event: 'LEASE_REGAINED', nodeId: this.id });
    for (const listener of this.revivalListeners) listener();
  }

  private async clearUpAfter(nodeId: NodeId): Promise<void> {
    try {
      const claimed = await this.line.query(CLAIM, [nodeId]);
      if (claimed.length === 0) return;
      this.logger.warn({ event: 'NODE_DIED', nodeId });
      for (const listener of this.deathListeners) await listener(nodeId);
      await this.line.query(BURY, [nodeId]);
    } catch (error) {
      this.logger.warn({ event: 'NODE_NOT_CLEARED', nodeId, error });
    }
  }

  private async forgetOld(): Promise<void> {
    if (performance.now() - this.forgottenAt < FORGET_EVERY_MS) return;
    this.forgottenAt = performance.now();
    await this.line.query(FORGET);
  }

  /** What it has missed nobody can tell it any more: it ends in good order, and is started anew. */
  private giveUp(): void {
    this.logger.fatal({ event: 'NODE_TOO_FAR_BEHIND', nodeId: this.id });
    process.kill(process.pid, 'SIGTERM');
  }
}
