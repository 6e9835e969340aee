import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { ComingsService } from './comings.service.js';
import { JoiningService, MAX_ROOMS_PER_CONNECTION } from './joining.service.js';
import { LeftBehindService } from './left-behind.service.js';
import { ReadmissionService } from './readmission.service.js';
import { ROOM_GRACE_MS, RoomKeeper } from './room-keeper.js';
import { SendingService } from './sending.service.js';
import { MAX_CONNECTIONS_PER_USER, SessionService } from './session.service.js';

@Module({
  imports: [CoreModule, PresenceModule],
  providers: [
    {
      provide: ROOM_GRACE_MS,
      inject: [ENVIRONMENT],
      useFactory: ({ LIVE_ROOM_GRACE_MS }: Environment) => LIVE_ROOM_GRACE_MS,
    },
    {
      provide: MAX_CONNECTIONS_PER_USER,
      inject: [ENVIRONMENT],
      useFactory: (environment: Environment) => environment.MAX_CONNECTIONS_PER_USER,
    },
    {
      provide: MAX_ROOMS_PER_CONNECTION,
      inject: [ENVIRONMENT],
      useFactory: (environment: Environment) => environment.MAX_ROOMS_PER_CONNECTION,
    },
    ComingsService,
    JoiningService,
    LeftBehindService,
    ReadmissionService,
    RoomKeeper,
    SessionService,
    SendingService,
  ],
  exports: [JoiningService, SessionService, SendingService],
})
export class SessionModule {}
