import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { SendingService } from './sending.service.js';
import { SessionService } from './session.service.js';

@Module({
  imports: [CoreModule, PresenceModule],
  providers: [SessionService, SendingService],
  exports: [SessionService, SendingService],
})
export class SessionModule {}
