import { once } from 'node:events';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from '../config/redis-address.js';

export type RedisClient = Redis | Cluster;

/** How often it is asked whether it is there, and how long a silence counts as absence. */
const ASK_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 1_500;
const CONNECT_WITHIN_MS = 2_000;
const LONGEST_RETRY_MS = 1_000;
/** Of a Cluster. */
const LOOK_FOR_SLOTS_EVERY_MS = 2_000;

/**
 * The connections to Redis: one for commands, one for what is subscribed to. While Redis is away
 * commands fail at once instead of waiting for it, and nothing is sent twice when it is back.
 */
export class RedisLink implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  readonly commands: RedisClient;
  readonly subscriber: RedisClient;
  private isThere = false;
  private round: NodeJS.Timeout | null = null;
  private isClosed = false;
  private readonly listeners: ((isUp: boolean) => void)[] = [];

  constructor(address: RedisAddress) {
    this.commands = connect(address, { connectionName: 'causerie', enableAutoPipelining: true });
    // It subscribes anew by our own hand: only then it is known when nothing can be missed any more.
    this.subscriber = connect(address, {
      connectionName: 'causerie-subscriber',
      autoResubscribe: false,
    });
    for (const client of [this.commands, this.subscriber]) {
      // Also what keeps a lost connection from ending the process.
      client.on('error', (error: unknown) => this.logger.debug({ event: 'REDIS_ERROR', error }));
      client.on('ready', () => void this.ask());
      client.on('close', () => this.turn(false));
    }
    // Of a Cluster: it has lost one of the connections to its servers, or slots have moved, and has
    // subscribed to what it knew of by others. What was called out meanwhile is lost.
    this.subscriber.on('subscribersReady', () => {
      this.turn(false);
      void this.ask();
    });
    this.nextRound();
  }

  /** Whether it answered when it was asked last, over both connections. */
  get isUp(): boolean {
    return this.isThere;
  }

  /** Called whenever Redis goes away, and whenever it is back. */
  onChange(listener: (isUp: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** Resolves once it is known whether Redis is there: a service may start without it. */
  async settled(): Promise<void> {
    const ready = [this.commands, this.subscriber].map((client) => once(client, 'ready'));
    const deadline = new Promise((resolve) => setTimeout(resolve, CONNECT_WITHIN_MS).unref());
    await Promise.race([Promise.all(ready).catch(() => undefined), deadline]);
    await this.ask();
    if (!this.isUp) this.logger.warn({ event: 'REDIS_AWAY' });
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    if (this.round) clearTimeout(this.round);
    for (const client of [this.commands, this.subscriber]) client.disconnect();
  }

  private nextRound(): void {
    if (this.isClosed) return;
    this.round = setTimeout(() => void this.ask().finally(() => this.nextRound()), ASK_EVERY_MS);
    this.round.unref();
  }

  private async ask(): Promise<void> {
    const clients = [this.commands, this.subscriber];
    const answers = await Promise.all(clients.map(answerOf));
    this.turn(answers.every((answer) => answer === 'there'));
    // A silent connection is given up: another may find its way.
    for (const [index, client] of clients.entries()) {
      if (answers[index] === 'silent' && client instanceof Redis) client.disconnect(true);
    }
  }

  private turn(isUp: boolean): void {
    if (this.isClosed || isUp === this.isThere) return;
    this.isThere = isUp;
    if (isUp) this.logger.log({ event: 'REDIS_UP' });
    else this.logger.warn({ event: 'REDIS_AWAY' });
    for (const listener of this.listeners) listener(isUp);
  }
}

async function answerOf(client: RedisClient): Promise<'there' | 'silent' | 'away'> {
  if (client.status !== 'ready') return 'away';
  try {
    if (client instanceof Cluster) return (await isWhole(client)) ? 'there' : 'away';
    await client.ping();
    return 'there';
  } catch {
    return 'silent';
  }
}

/** Those of its servers that do not answer are soon none of it: only the others know what is missing. */
async function isWhole(cluster: Cluster): Promise<boolean> {
  const servers = cluster.nodes('master');
  const states = await Promise.all(servers.map((server) => server.cluster('INFO')));
  return states.length > 0 && states.every((state) => state.includes('cluster_state:ok'));
}

function connect(address: RedisAddress, options: RedisOptions): RedisClient {
  const { username, password, isEncrypted } = address;
  const common: RedisOptions = {
    ...options,
    ...(username !== null && { username }),
    ...(password !== null && { password }),
    ...(isEncrypted && { tls: {} }),
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
    keepAlive: 5_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy,
  };
  switch (address.kind) {
    case 'single':
      return new Redis({ ...common, ...address.server, db: address.database });
    case 'sentinel':
      return new Redis({
        ...common,
        sentinels: [...address.sentinels],
        name: address.name,
        db: address.database,
        sentinelRetryStrategy: retryStrategy,
        failoverDetector: true,
      });
    case 'cluster':
      return new Cluster([...address.nodes], {
        redisOptions: common,
        shardedSubscribers: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        // Whose slot moves is put out without a word.
        slotsRefreshInterval: LOOK_FOR_SLOTS_EVERY_MS,
        ...(options.enableAutoPipelining && { enableAutoPipelining: true }),
      });
  }
}

const retryStrategy = (times: number): number => Math.min(50 * times, LONGEST_RETRY_MS);
