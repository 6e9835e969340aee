import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { SessionModule } from '../session/session.module.js';
import { Admission } from './admission.js';
import { ConnectionGate } from './connection-gate.js';
import { PayloadPipe } from './payload.pipe.js';
import { RawAdmission } from './raw/raw-admission.js';
import { RevokedConnections } from './revoked-connections.js';
import { SocketIoAdmission } from './socket-io/socket-io-admission.js';

@Module({
  imports: [CoreModule, SessionModule],
  providers: [
    ConnectionGate,
    Admission,
    SocketIoAdmission,
    RawAdmission,
    RevokedConnections,
    PayloadPipe,
  ],
  exports: [ConnectionGate, Admission, SocketIoAdmission, RawAdmission, PayloadPipe],
})
export class TransportModule {}
