import { Logger } from '@nestjs/common';
import { ChatError } from '../../core/core.errors.js';
import { Nodes, type NodeId } from '../../core/ports/nodes.js';
import { JOURNAL_LOCK } from './channels.js';
import type { Confirmations } from './confirmations.js';
import { DeadNodes } from './dead-nodes.js';
import { TooFarBehind, type JournalFollower } from './journal-follower.js';
import { Lease, LEASE, now } from './lease.js';
import type { NodeLine } from './node-line.js';

const ROUND_MS = 1_000;
/** Between two tries, after one that failed and as long as it is not current. */
const RETRY_MS = 250;
/** How long somebody waits for this node to be current. */
const CURRENT_WITHIN_MS = 3_000;

const RENEW = `
  INSERT INTO nodes (id, expires_at, applied) VALUES ($1, clock_timestamp() + ${LEASE}, $2)
  ON CONFLICT (id) DO UPDATE
  SET expires_at = excluded.expires_at, applied = excluded.applied, clearing_until = NULL`;

/** A node may be paused for a moment: only a while after its lease it is cleared up after. */
const OTHERS = `
  SELECT id, applied, expires_at > clock_timestamp() AS is_living,
    expires_at < clock_timestamp() - interval '10 seconds'
      AND (clearing_until IS NULL OR clearing_until < clock_timestamp()) AS is_to_clear
  FROM nodes WHERE id <> $1`;

const LEAVE = 'DELETE FROM nodes WHERE id = $1';

/** Whoever asked who lives before this node did has stored its entry after this. */
const AFTER_WRITERS = `SELECT pg_advisory_xact_lock_shared(${JOURNAL_LOCK})`;

interface OtherNode {
  readonly id: NodeId;
  readonly applied: string;
  readonly is_living: boolean;
  readonly is_to_clear: boolean;
}

/**
 * The nodes of a service, by their leases in PostgreSQL. A node that does not get on with reading the
 * journal does not renew its lease: nobody is to wait for it.
 */
export class PostgresNodes extends Nodes {
  private readonly logger = new Logger('Nodes');
  private readonly lease = new Lease();
  private readonly dead: DeadNodes;
  private known: ReadonlySet<NodeId>;
  private isCaughtUp = false;
  private revivals = 0;
  private isOver = false;
  private timer: NodeJS.Timeout | null = null;
  private readonly waiting = new Set<() => void>();
  private readonly revivalListeners: (() => void)[] = [];

  constructor(
    readonly id: NodeId,
    private readonly line: NodeLine,
    private readonly follower: JournalFollower,
    private readonly confirmations: Confirmations,
  ) {
    super();
    this.known = new Set([id]);
    this.dead = new DeadNodes(line);
  }

  /** Becomes one of the nodes. */
  async start(): Promise<void> {
    await this.follower.begin();
    await this.renew();
    this.isCaughtUp = true;
    this.nextRound(ROUND_MS);
  }

  get living(): ReadonlySet<NodeId> {
    return this.known;
  }

  get isCurrent(): boolean {
    return this.isCaughtUp && this.lease.holds;
  }

  get term(): number {
    return this.revivals;
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
    this.dead.onDeath(listener);
  }

  onRevival(listener: () => void): void {
    this.revivalListeners.push(listener);
  }

  /** Takes leave of the others: nobody waits for this node, or clears up after it. */
  async close(): Promise<void> {
    this.endRounds();
    await this.line.query(LEAVE, [this.id]).catch(() => undefined);
    await this.line.close();
  }

  private endRounds(): void {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private nextRound(waitMs: number): void {
    if (this.isOver) return;
    this.timer = setTimeout(() => {
      void this.goRound().then((isWell) => this.nextRound(isWell ? ROUND_MS : RETRY_MS));
    }, waitMs);
  }

  /** Resolves whether all is well. */
  private async goRound(): Promise<boolean> {
    try {
      this.noteLapse();
      if (!this.isCaughtUp) await this.comeBack();
      else if (this.follower.isGettingOn) await this.renew();
      // Also where the bell was not heard. The lease does not wait for it.
      this.follower.follow().catch((error: unknown) => this.note(error));
      return this.isCurrent;
    } catch (error) {
      this.note(error);
      return false;
    }
  }

  private note(error: unknown): void {
    if (error instanceof TooFarBehind) this.giveUp();
    else this.logger.debug({ event: 'LEASE_NOT_RENEWED', error });
  }

  private async renew(): Promise<void> {
    const sentAt = now();
    const asOf = this.confirmations.latest;
    await this.line.query(RENEW, [this.id, this.follower.applied]);
    const others = await this.line.query<OtherNode>(OTHERS, [this.id]);
    this.noteLapse();
    this.lease.extend(sentAt);
    const living = others.filter(({ is_living }) => is_living).map(({ id }) => id);
    this.known = new Set([this.id, ...living]);
    for (const { id, applied } of others) this.confirmations.confirm(id, Number(applied));
    this.confirmations.keepOnly(this.known, asOf);
    for (const { id, is_to_clear } of others) if (is_to_clear) this.dead.clearUpAfter(id);
  }

  /** From the moment on that the others may go on without it, whatever comes then. */
  private noteLapse(): void {
    if (!this.isCaughtUp || this.lease.holds) return;
    this.isCaughtUp = false;
    this.logger.warn({ event: 'LEASE_LOST', nodeId: this.id });
  }

  /** Reads what it missed, takes a lease, and reads what was written before others knew of that. */
  private async comeBack(): Promise<void> {
    await this.follower.follow();
    await this.renew();
    await this.line.query(AFTER_WRITERS);
    await this.follower.follow();
    if (!this.lease.holds) return;
    this.isCaughtUp = true;
    this.revivals++;
    this.logger.log({ event: 'LEASE_REGAINED', nodeId: this.id });
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
    for (const listener of this.revivalListeners) listener();
  }

  /** What it has missed nobody can tell it any more: it ends in good order, and is started anew. */
  private giveUp(): void {
    if (this.isOver) return;
    this.endRounds();
    this.logger.fatal({ event: 'NODE_TOO_FAR_BEHIND', nodeId: this.id });
    process.kill(process.pid, 'SIGTERM');
  }
}
