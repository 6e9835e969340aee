import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { RedisLink } from './redis-link.js';

/** Injection token of the `RedisLink`; null for a service of one node. */
export const REDIS = Symbol('REDIS');

@Global()
@Module({
  providers: [
    {
      provide: REDIS,
      inject: [ENVIRONMENT],
      useFactory: async ({ REDIS_URL }: Environment) => {
        if (REDIS_URL === null) return null;
        const link = new RedisLink(REDIS_URL);
        await link.settled();
        return link;
      },
    },
  ],
  exports: [REDIS],
})
export class RedisModule {}
