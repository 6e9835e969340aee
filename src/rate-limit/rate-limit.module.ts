import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { SendLimiter } from '../core/ports/send-limiter.js';
import { MemorySendLimiter } from './memory-send-limiter.js';

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
          salon: environment.RATE_LIMIT_SALON,
        }),
    },
  ],
  exports: [SendLimiter],
})
export class RateLimitModule {}
