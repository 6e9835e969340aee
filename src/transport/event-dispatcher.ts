import type { Socket } from 'socket.io';
import { ChatError } from '../core/core.errors.js';
import { Reply, type AckCallback } from './reply.js';
import type { SocketIoConnection } from './socket-io-connection.js';

export type EventHandler = (payload: unknown, reply: Reply) => Promise<unknown>;

/** Events of one connection that may wait for each other; beyond it the client is too fast. */
const MAX_PENDING = 256;

/** The name as the client gave it, for its own bookkeeping; nothing that is no name comes back. */
const nameOf = (event: unknown): string =>
  typeof event === 'string' && /^[\w:.-]{1,64}$/.test(event) ? event : 'unknown';

const isCallback = (value: unknown): value is AckCallback => typeof value === 'function';

/** Events under way when the service stops get this long to be answered. */
const FINISH_WITHIN_MS = 8_000;

/** Brings each event of one socket to its handler, in order, and answers every one of them. */
export class EventDispatcher {
  private isFinishing = false;

  constructor(
    private readonly socket: Socket,
    private readonly connection: SocketIoConnection,
    private readonly handlers: ReadonlyMap<unknown, EventHandler>,
    private readonly onFailure: (eventName: string, error: ChatError) => void,
  ) {
    // onAny sees every event, unknown ones and those named like a prototype's key included.
    socket.onAny((event: unknown, ...args: unknown[]) => this.dispatch(event, args));
  }

  /** Whether everything written has been handed to the socket. */
  get isFlushed(): boolean {
    return (this.socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length === 0;
  }

  /** Refuses new events from now on; resolves when those before are answered. */
  async finish(): Promise<void> {
    this.isFinishing = true;
    const deadline = new Promise((resolve) => setTimeout(resolve, FINISH_WITHIN_MS).unref());
    await Promise.race([this.connection.lane.idle(), deadline]);
  }

  private dispatch(event: unknown, args: readonly unknown[]): void {
    const last = args.at(-1);
    const ack = isCallback(last) ? last : null;
    const payload = ack && args.length === 1 ? undefined : args[0];
    const handler = this.handlers.get(event);
    const reply = this.replyTo(nameOf(event), ack);
    if (this.connection.isExpired) {
      reply.fail(new ChatError('AUTH_FAILED'));
      this.connection.disconnect();
    } else if (!handler) {
      reply.fail(ChatError.invalid('event', 'must be an event of this namespace'));
    } else if (this.isFinishing) {
      reply.fail(new ChatError('UNAVAILABLE'));
    } else if (this.connection.lane.pending >= MAX_PENDING) {
      reply.fail(new ChatError('RATE_LIMITED', { retryAfter: 1 }));
    } else {
      const mayOverlap = this.connection.dialect.mayOverlap(reply.eventName, payload);
      this.connection.lane.run(() => this.answer(handler, payload, reply), mayOverlap);
    }
  }

  private async answer(handler: EventHandler, payload: unknown, reply: Reply): Promise<void> {
    try {
      const answer = await handler(payload, reply);
      // A handler that failed was answered by the exception filter; this changes nothing then.
      if (answer === undefined) reply.fail(new Error('The handler returned nothing'));
      else reply.succeed(answer);
    } catch (error) {
      reply.fail(error);
    }
  }

  private replyTo(eventName: string, ack: AckCallback | null): Reply {
    const { dialect } = this.connection;
    const emit = (name: string, payload: unknown) => void this.socket.emit(name, payload);
    return new Reply(eventName, ack, dialect.failures, emit, this.onFailure);
  }
}
