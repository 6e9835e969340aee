import { Module } from '@nestjs/common';
import { CoreModule } from '../../core/core.module.js';
import { SessionModule } from '../../session/session.module.js';
import { TransportModule } from '../../transport/transport.module.js';
import { RootGateway } from './root.gateway.js';

@Module({
  imports: [CoreModule, SessionModule, TransportModule],
  providers: [RootGateway],
})
export class RootModule {}
