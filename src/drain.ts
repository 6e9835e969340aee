import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Environment } from './config/environment.js';
import { MessageLog } from './core/ports/message-log.js';
import { ReadinessService } from './health/readiness.service.js';
import { RoomKeeper } from './session/room-keeper.js';
import { SessionService } from './session/session.service.js';
import { Admission } from './transport/admission.js';
import type { TransportAdapter } from './transport/transport.adapter.js';
import type { SessionExchange } from './workers/session-exchange.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Ends the service so that nobody loses anything: readiness says 503 while load balancers look
 * away; then no new event is taken, what was taken is committed and acked, and the sockets are
 * closed in the way that lets clients reconnect, here after a restart or on another node.
 */
export async function drain(
  app: NestExpressApplication,
  sockets: TransportAdapter,
  { DRAIN_DELAY_MS }: Pick<Environment, 'DRAIN_DELAY_MS'>,
  exchange: SessionExchange | null = null,
): Promise<void> {
  app.get(ReadinessService).state = 'draining';
  await pause(DRAIN_DELAY_MS);
  app.get(Admission).drain();
  app.get(RoomKeeper).drain();
  await sockets.finishEvents();
  await app.get(MessageLog).drain();
  await sockets.closeConnections();
  await exchange?.close();
  await app.get(SessionService).settled();
  await app.close();
}
