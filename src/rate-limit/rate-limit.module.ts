import { Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import type { Rate } from '../config/variable.js';
import { SendLimiter } from '../core/ports/send-limiter.js';
import type { RedisLink } from '../redis/redis-link.js';
import { REDIS } from '../redis/redis.module.js';
import { DatabaseWindows } from './database-windows.js';
import { MemorySendLimiter } from './memory-send-limiter.js';
import { RedisSendLimiter } from './redis-send-limiter.js';
import type { RatesByDialect } from './window-send-limiter.js';

/** Reports of one user: as many as anybody has reason for, too few to bury the queue. */
const REPORTS = [{ count: 30, seconds: 60 * 60 }];

/** Starts and ends of typing: more than fingers make, too few to keep a room busy with. */
const TYPING = [{ count: 60, seconds: 10 }];

/** Several visitors without a token may sit behind one address. */
const ofAnAddress = (rate: Rate): Rate => ({ ...rate, count: rate.count * 10 });

const ratesIn = (environment: Environment): RatesByDialect => ({
  chat: environment.RATE_LIMIT_CHAT,
  root: environment.RATE_LIMIT_ROOT,
  veza: environment.RATE_LIMIT_VEZA,
  uploads: environment.RATE_LIMIT_UPLOADS,
  reports: REPORTS,
  typing: TYPING,
  salon: environment.RATE_LIMIT_SALON,
  live: environment.RATE_LIMIT_LIVE,
  broadcast: environment.RATE_LIMIT_LIVE,
  visitors: environment.RATE_LIMIT_LIVE.map(ofAnAddress),
  connections: environment.RATE_LIMIT_CONNECTIONS,
  rooms: environment.RATE_LIMIT_ROOMS,
  rest: environment.RATE_LIMIT_REST,
  'bad-tokens': environment.RATE_LIMIT_BAD_TOKENS,
});

@Global()
@Module({
  providers: [
    {
      provide: SendLimiter,
      inject: [ENVIRONMENT, REDIS, DataSource],
      useFactory: (environment: Environment, link: RedisLink | null, dataSource: DataSource) => {
        const rates = ratesIn(environment);
        if (!link) return new MemorySendLimiter(rates);
        const database = new DatabaseWindows(dataSource);
        return new RedisSendLimiter(rates, { link, prefix: environment.REDIS_PREFIX, database });
      },
    },
  ],
  exports: [SendLimiter],
})
export class RateLimitModule {}
