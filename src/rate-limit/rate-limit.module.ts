import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { SendLimiter } from '../core/ports/send-limiter.js';
import { MemorySendLimiter } from './memory-send-limiter.js';

/** Reports of one user: as many as anybody has reason for, too few to bury the queue. */
const REPORTS = [{ count: 30, seconds: 60 * 60 }];

@Global()
@Module({
  providers: [
    {
      provide: SendLimiter,
      inject: [ENVIRONMENT],
      useFactory: (environment: Environment) =>
        new MemorySendLimiter({
          chat: environment.RATE_LIMIT_CHAT,
          root: environment.RATE_LIMIT_ROOT,
          veza: environment.RATE_LIMIT_VEZA,
          uploads: environment.RATE_LIMIT_UPLOADS,
          reports: REPORTS,
          salon: environment.RATE_LIMIT_SALON,
        }),
    },
  ],
  exports: [SendLimiter],
})
export class RateLimitModule {}
