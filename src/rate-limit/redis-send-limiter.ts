import type { OnApplicationShutdown } from '@nestjs/common';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { InOrder } from '../core/in-order.js';
import type { UserId } from '../core/model/identity.js';
import type { Rate } from '../core/ports/send-limiter.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { DatabaseWindows } from './database-windows.js';
import { blockedInMemory, WindowSendLimiter, type RatesByDialect } from './window-send-limiter.js';

/**
 * Takes so many (`ARGV[1]`) in a window of so many seconds (`ARGV[2]`), or gives them back. In one
 * step: while nothing is left of a window, another node may begin the next.
 */
const COUNT = `
  local step = tonumber(ARGV[1])
  if step < 0 then
    local left = tonumber(redis.call('get', KEYS[1]) or 0) + step
    if left > 0 then redis.call('incrby', KEYS[1], step) else redis.call('del', KEYS[1]) end
    return {left, 0}
  end
  local taken = redis.call('incrby', KEYS[1], step)
  if taken == step then redis.call('expire', KEYS[1], ARGV[2]) end
  return {taken, redis.call('pttl', KEYS[1])}`;

export interface SharedCounts {
  readonly link: Pick<RedisLink, 'commands'>;
  /** What its keys in Redis begin with. */
  readonly prefix: string;
  /** Decides while Redis is away. */
  readonly database: DatabaseWindows;
}

/**
 * Counts the sends of all nodes together. Some answers come at once and some wait for a Redis that
 * is gone, so those about one key are handed on in the order in which they were asked for: a
 * message must not overtake the one before it.
 */
export class RedisSendLimiter extends WindowSendLimiter implements OnApplicationShutdown {
  private readonly inOrder = new InOrder();
  private readonly database: DatabaseWindows;

  constructor(ratesByDialect: RatesByDialect, { link, prefix, database }: SharedCounts) {
    super(
      ratesByDialect,
      (window) =>
        new RateLimiterRedis({
          storeClient: link.commands,
          rejectIfRedisNotReady: true,
          customIncrTtlLuaScript: COUNT,
          keyPrefix: `${prefix}:limits:${window.name}`,
          points: window.count,
          duration: window.seconds,
          ...blockedInMemory(window),
          insuranceLimiter: database.limiterOf(window),
        }),
    );
    this.database = database;
  }

  override take(dialect: string, userId: UserId): Promise<void> {
    return this.inOrder.after(`${dialect}:${userId}`, super.take(dialect, userId));
  }

  override takeAt(rate: Rate, key: string): Promise<void> {
    const name = `${rate.count}/${rate.seconds}:${key}`;
    return this.inOrder.after(name, super.takeAt(rate, key));
  }

  onApplicationShutdown(): void {
    this.database.stop();
  }
}
