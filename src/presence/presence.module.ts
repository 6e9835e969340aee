import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { CoreModule } from '../core/core.module.js';
import { Nodes } from '../core/ports/nodes.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import type { RedisLink } from '../redis/redis-link.js';
import { REDIS } from '../redis/redis.module.js';
import { MemoryPresenceStore } from './memory-presence.store.js';
import { PresenceReview } from './presence-review.js';
import { PresenceService } from './presence.service.js';
import { RedisPresenceStore } from './redis-presence.store.js';

@Global()
@Module({
  imports: [CoreModule],
  providers: [
    PresenceReview,
    PresenceService,
    {
      provide: PresenceStore,
      inject: [REDIS, ENVIRONMENT, Nodes],
      useFactory: (link: RedisLink | null, { REDIS_PREFIX }: Environment, nodes: Nodes) =>
        link ? new RedisPresenceStore(link, REDIS_PREFIX, nodes) : new MemoryPresenceStore(),
    },
  ],
  exports: [PresenceService, PresenceStore],
})
export class PresenceModule {}
