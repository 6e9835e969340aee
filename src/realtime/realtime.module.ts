import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { ConversationStore } from '../core/ports/conversation-store.js';
import { EventBus } from '../core/ports/event-bus.js';
import { Journal } from '../core/ports/journal.js';
import { Nodes } from '../core/ports/nodes.js';
import type { RedisLink } from '../redis/redis-link.js';
import { REDIS } from '../redis/redis.module.js';
import { BlockLists } from './block-lists.js';
import { ClusterEventBus } from './cluster-event-bus.js';
import { DeliveryService } from './delivery.service.js';
import { MemoryEventBus } from './memory-event-bus.js';
import { MissedHeads } from './missed-heads.js';
import { ReceptionService } from './reception.service.js';
import { RedisChannels } from './redis-channels.js';
import { Registry } from './registry.js';

/** Injection token of the `RedisChannels`; null for a service of one node. */
const CHANNELS = Symbol('CHANNELS');

@Global()
@Module({
  providers: [
    BlockLists,
    Registry,
    ReceptionService,
    DeliveryService,
    {
      provide: CHANNELS,
      inject: [REDIS, ENVIRONMENT, Nodes],
      useFactory: (link: RedisLink | null, { REDIS_PREFIX }: Environment, nodes: Nodes) =>
        link && new RedisChannels(link, REDIS_PREFIX, nodes.id),
    },
    {
      provide: EventBus,
      inject: [CHANNELS, Nodes, Journal],
      useFactory: (channels: RedisChannels | null, nodes: Nodes, journal: Journal) =>
        channels ? new ClusterEventBus(nodes, journal, channels) : new MemoryEventBus(),
    },
    {
      provide: MissedHeads,
      inject: [Registry, DeliveryService, ConversationStore, CHANNELS, Nodes],
      useFactory: (
        registry: Registry,
        delivery: DeliveryService,
        conversations: ConversationStore,
        channels: RedisChannels | null,
        nodes: Nodes,
      ) => channels && new MissedHeads(registry, delivery, conversations, channels, nodes),
    },
  ],
  exports: [BlockLists, Registry, ReceptionService, EventBus],
})
export class RealtimeModule {}
