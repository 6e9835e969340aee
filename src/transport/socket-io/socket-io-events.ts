import type { Socket } from 'socket.io';
import type { Dispatcher } from '../dispatcher.js';
import { logFailure } from '../failure-log.js';
import { Reply, type Responder } from '../reply.js';
import type { SocketIoConnection } from './socket-io-connection.js';

type AckCallback = (answer: unknown) => void;

const isCallback = (value: unknown): value is AckCallback => typeof value === 'function';

/** The name as the client gave it, for its own bookkeeping; nothing that is no name comes back. */
const nameOf = (event: unknown): string =>
  typeof event === 'string' && /^[\w:.-]{1,64}$/.test(event) ? event : 'unknown';

/** Brings the socket's events to the dispatcher, each with the way its answer takes. */
export function readEvents(
  socket: Socket,
  connection: SocketIoConnection,
  dispatcher: Dispatcher,
): void {
  const onFailure = logFailure.bind(null, connection);
  // onAny sees every event, unknown ones and those named like a prototype's key included.
  socket.onAny((...said: unknown[]) => {
    const last = said.at(-1);
    const ack = isCallback(last) ? last : null;
    // A packet may ask for an ack of nothing at all: then there is not even a name.
    const [event, payload] = ack ? said.slice(0, -1) : said;
    const name = nameOf(event);
    const reply = new Reply(name, responderOf(connection, name, ack), onFailure);
    dispatcher.dispatch(event, payload, reply, connection.takeReceivedBytes());
  });
}

function responderOf(
  connection: SocketIoConnection,
  name: string,
  ack: AckCallback | null,
): Responder {
  const { failures } = connection.dialect;
  const acknowledge = (answer: unknown): void => {
    if (ack && connection.mayWrite()) ack(answer);
  };
  return {
    succeed: acknowledge,
    fail: (error) => {
      acknowledge(ack && failures.ack(error));
      const event = failures.event(name, error, ack !== null);
      if (event && connection.mayWrite()) connection.emit(...event);
    },
  };
}
