import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { connections } from './connections.js';
import type { RawConnection } from './raw/raw-connection.js';
import type { Reply } from './reply.js';

/** The connection that an event came from. */
export const FromConnection = createParamDecorator((_: unknown, context: ExecutionContext) =>
  connections.of(context.switchToWs().getClient<Socket | RawConnection>()),
);

/** The answer under way, for handlers that have something to do once it is sent. */
export const CurrentReply = createParamDecorator((_: unknown, context: ExecutionContext): Reply =>
  context.getArgByIndex<Reply>(2),
);
