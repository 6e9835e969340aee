import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Reply } from './reply.js';
import type { SocketIoConnection } from './socket-io-connection.js';
import { connections } from './socket-io.adapter.js';

/** The connection that an event came from. */
export const FromConnection = createParamDecorator(
  (_: unknown, context: ExecutionContext): SocketIoConnection | undefined =>
    connections.get(context.switchToWs().getClient<Socket>()),
);

/** The answer under way, for handlers that have something to do once it is sent. */
export const CurrentReply = createParamDecorator((_: unknown, context: ExecutionContext): Reply =>
  context.getArgByIndex<Reply>(2),
);
