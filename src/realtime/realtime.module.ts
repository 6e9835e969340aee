import { Global, Module } from '@nestjs/common';
import { EventBus } from '../core/ports/event-bus.js';
import { BlockLists } from './block-lists.js';
import { DeliveryService } from './delivery.service.js';
import { MemoryEventBus } from './memory-event-bus.js';
import { ReceptionService } from './reception.service.js';
import { Registry } from './registry.js';

@Global()
@Module({
  providers: [
    BlockLists,
    Registry,
    ReceptionService,
    DeliveryService,
    { provide: EventBus, useClass: MemoryEventBus },
  ],
  exports: [BlockLists, Registry, ReceptionService, EventBus],
})
export class RealtimeModule {}
