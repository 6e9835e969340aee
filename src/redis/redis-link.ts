import { once } from 'node:events';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from '../config/redis-address.js';
import { Rounds } from '../core/rounds.js';
import { connect, CONNECT_WITHIN_MS, type RedisClient } from './redis-client.js';

/** How often it is asked whether it is there. */
const ASK_EVERY_MS = 1_000;
const BEGIN_ANEW_MS = 250;

/**
 * The connections to Redis: one for commands, one for what is subscribed to. While Redis is away
 * commands fail at once instead of waiting for it, and nothing is sent twice when it is back.
 */
export class RedisLink implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  readonly commands: RedisClient;
  readonly subscriber: RedisClient;
  private isThere = false;
  private readonly rounds = new Rounds(ASK_EVERY_MS, () => this.ask());
  private isClosed = false;
  private readonly listeners: ((isUp: boolean) => void)[] = [];
  private readonly interruptionListeners: (() => void)[] = [];
  /** What was said already. */
  private readonly causes = new Set<string>();

  constructor(address: RedisAddress) {
    this.commands = connect(address, { connectionName: 'causerie', enableAutoPipelining: true });
    // It subscribes anew by our own hand: only then it is known when nothing can be missed any more.
    this.subscriber = connect(address, {
      connectionName: 'causerie-subscriber',
      autoResubscribe: false,
    });
    for (const client of [this.commands, this.subscriber]) {
      // Also what keeps a lost connection from ending the process.
      client.on('error', (error: unknown) => this.note(error));
      client.on('ready', () => void this.ask());
      client.on('close', () => this.turn(false));
      client.on('end', () => this.beginAnew(client));
    }
    // Of a Cluster: it has lost one of the connections to its servers, or slots have moved, and has
    // subscribed to what it knew of by others. What was called out meanwhile is lost.
    this.subscriber.on('subscribersReady', () => {
      for (const listener of this.interruptionListeners) listener();
    });
    this.rounds.begin();
  }

  /** Whether it answered when it was asked last, over both connections. */
  get isUp(): boolean {
    return this.isThere;
  }

  /** Called whenever Redis goes away, and whenever it is back. */
  onChange(listener: (isUp: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** Called when calls may have been missed, and subscriptions lost, though Redis is there. */
  onInterruption(listener: () => void): void {
    this.interruptionListeners.push(listener);
  }

  /** Resolves once it is known whether Redis is there: a service may start without it. */
  async settled(): Promise<void> {
    const ready = [this.commands, this.subscriber].map((client) => once(client, 'ready'));
    const deadline = new Promise((resolve) => setTimeout(resolve, CONNECT_WITHIN_MS).unref());
    await Promise.race([Promise.all(ready).catch(() => undefined), deadline]);
    await this.ask();
    if (!this.isUp) this.logger.warn({ event: 'REDIS_AWAY' });
  }

  /** Says what Redis, or the way to it, has refused: each cause once, until it is back. */
  note(error: unknown): void {
    const cause = causeOf(error);
    if (this.isClosed || this.causes.has(cause)) return;
    this.causes.add(cause);
    this.logger.warn({ event: 'REDIS_ERROR', cause });
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    void this.rounds.end();
    for (const client of [this.commands, this.subscriber]) client.disconnect();
  }

  /** A client gives up for good where Sentinel tells of a new master just as it asks for it. */
  private beginAnew(client: RedisClient): void {
    if (this.isClosed) return;
    // What comes of it is heard by the events.
    setTimeout(() => void client.connect().catch(() => undefined), BEGIN_ANEW_MS).unref();
  }

  private async ask(): Promise<void> {
    const clients = [this.commands, this.subscriber];
    const answers = await Promise.all(clients.map((client) => this.answerOf(client)));
    this.turn(answers.every((answer) => answer === 'there'));
    // A silent connection is given up: another may find its way.
    for (const [index, client] of clients.entries()) {
      if (answers[index] === 'silent' && client instanceof Redis) client.disconnect(true);
    }
  }

  private async answerOf(client: RedisClient): Promise<'there' | 'silent' | 'away'> {
    if (client.status !== 'ready') return 'away';
    try {
      if (client instanceof Cluster) return (await isWhole(client)) ? 'there' : 'away';
      await client.ping();
      return 'there';
    } catch (error) {
      this.note(error);
      return 'silent';
    }
  }

  private turn(isUp: boolean): void {
    if (this.isClosed || isUp === this.isThere) return;
    this.isThere = isUp;
    if (isUp) this.causes.clear();
    if (isUp) this.logger.log({ event: 'REDIS_UP' });
    else this.logger.warn({ event: 'REDIS_AWAY' });
    for (const listener of this.listeners) listener(isUp);
  }
}

/** Those of its servers that do not answer are soon none of it: only the others know what is missing. */
async function isWhole(cluster: Cluster): Promise<boolean> {
  const servers = cluster.nodes('master');
  const states = await Promise.all(servers.map((server) => server.cluster('INFO')));
  return states.length > 0 && states.every((state) => state.includes('cluster_state:ok'));
}

/** Of a Cluster that cannot be reached: what the last of its servers said. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { lastNodeError } = error as { lastNodeError?: unknown };
  return lastNodeError instanceof Error
    ? `${error.message} ${lastNodeError.message}`
    : error.message;
}
