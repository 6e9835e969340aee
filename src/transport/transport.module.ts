import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { SessionModule } from '../session/session.module.js';
import { PayloadPipe } from './payload.pipe.js';
import { SocketIoAdmission } from './socket-io-admission.js';

@Module({
  imports: [CoreModule, SessionModule],
  providers: [SocketIoAdmission, PayloadPipe],
  exports: [SocketIoAdmission, PayloadPipe],
})
export class TransportModule {}
