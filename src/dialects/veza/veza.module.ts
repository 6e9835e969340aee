import { Module } from '@nestjs/common';
import { CoreModule } from '../../core/core.module.js';
import { SessionModule } from '../../session/session.module.js';
import { TransportModule } from '../../transport/transport.module.js';
import { VezaGateway } from './veza.gateway.js';

@Module({
  imports: [CoreModule, SessionModule, TransportModule],
  providers: [VezaGateway],
})
export class VezaModule {}
