import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { MemoryPresenceStore } from './memory-presence.store.js';
import { PresenceService } from './presence.service.js';

@Module({
  imports: [CoreModule],
  providers: [PresenceService, { provide: PresenceStore, useClass: MemoryPresenceStore }],
  exports: [PresenceService],
})
export class PresenceModule {}
