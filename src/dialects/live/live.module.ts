import { Module } from '@nestjs/common';
import { CoreModule } from '../../core/core.module.js';
import { SessionModule } from '../../session/session.module.js';
import { TransportModule } from '../../transport/transport.module.js';
import { LiveBroadcastGateway } from './live.broadcast.gateway.js';
import { LiveRoomGateway, LiveVideoGateway } from './live.gateway.js';

@Module({
  imports: [CoreModule, SessionModule, TransportModule],
  providers: [LiveRoomGateway, LiveVideoGateway, LiveBroadcastGateway],
})
export class LiveModule {}
