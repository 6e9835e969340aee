import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from '../config/redis-address.js';

export type RedisClient = Redis | Cluster;

/** How long a silence counts as absence. */
const ANSWER_WITHIN_MS = 1_500;
export const CONNECT_WITHIN_MS = 2_000;
const LONGEST_RETRY_MS = 1_000;
/** Of a Cluster. */
const LOOK_FOR_SLOTS_EVERY_MS = 2_000;

export function connect(address: RedisAddress, options: RedisOptions): RedisClient {
  const redisOptions = connectionOptions(address, options);
  if (address.kind !== 'cluster') return new Redis(redisOptions);
  return new Cluster([...address.nodes], {
    redisOptions,
    shardedSubscribers: true,
    enableOfflineQueue: false,
    // Whether all of it is there is asked by `RedisLink`, which says why it cannot be asked.
    enableReadyCheck: false,
    clusterRetryStrategy: retryStrategy,
    // Whose slot moves is put out without a word.
    slotsRefreshInterval: LOOK_FOR_SLOTS_EVERY_MS,
    // Certificates are of names.
    ...(address.isEncrypted && { dnsLookup: (name, found) => found(null, name) }),
    ...(options.enableAutoPipelining && { enableAutoPipelining: true }),
  });
}

/** Of each connection. Sentinels are given the same access data as the server that they look after. */
export function connectionOptions(address: RedisAddress, options: RedisOptions): RedisOptions {
  const { username, password, isEncrypted } = address;
  const common: RedisOptions = {
    ...options,
    ...(username !== null && { username }),
    ...(password !== null && { password }),
    ...(isEncrypted && { tls: {} }),
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
    // It would need one more right, for nothing.
    disableClientInfo: true,
    keepAlive: 5_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy,
  };
  switch (address.kind) {
    case 'single':
      return { ...common, ...address.server, db: address.database };
    case 'sentinel':
      return {
        ...common,
        sentinels: [...address.sentinels],
        name: address.name,
        db: address.database,
        ...(username !== null && { sentinelUsername: username }),
        ...(password !== null && { sentinelPassword: password }),
        // Without these, `tls` is not heeded.
        ...(isEncrypted && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        sentinelRetryStrategy: retryStrategy,
        failoverDetector: true,
      };
    case 'cluster':
      return common;
  }
}

const retryStrategy = (times: number): number => Math.min(50 * times, LONGEST_RETRY_MS);
