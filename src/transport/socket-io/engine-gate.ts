import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asChatError, type ChatError } from '../../core/core.errors.js';
import type { ConnectionGate } from '../connection-gate.js';
import type { Pass } from '../pass.js';
import { refuseForNow } from '../refuse-upgrade.js';

/** A connection moves from polling to a WebSocket once; some networks break in the middle of it. */
const MAX_UPGRADES = 5;

type Connection = EventEmitter & {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly transport: { readonly name: string };
};

/** As Engine.IO leaves it: a request of polling has its response there, an upgrade has none. */
type EngineRequest = IncomingMessage & {
  readonly res?: ServerResponse;
  readonly _query?: { readonly sid?: string };
};

const passes = new WeakMap<object, Pass>();

/** The connection was let into a namespace. */
export const settleEngine = (connection: object): void => passes.get(connection)?.settle();

/** How Engine.IO's connections come through the gate: one pass for each, whatever it moves to. */
export class EngineGate {
  private readonly handshakes = new WeakMap<IncomingMessage, Pass>();
  /** How often each session asked for a WebSocket. */
  private readonly upgrades = new Map<string, number>();

  constructor(private readonly gate: ConnectionGate) {}

  /**
   * Resolves whether a handshake passed. One that did not was answered with 429, which Engine.IO
   * has no way to say: clients come back by themselves after it.
   */
  async admit(request: EngineRequest): Promise<boolean> {
    try {
      const pass = await this.gate.enter(request, request.res ?? request.socket);
      this.handshakes.set(request, pass);
      return !pass.isOver;
    } catch (error) {
      refuse(request, asChatError(error));
      return false;
    }
  }

  /** To be called for each connection as it is made: it is counted until its end. */
  follow(connection: Connection): void {
    const pass = this.handshakes.get(connection.request);
    if (!pass) return;
    // A WebSocket that came as one ends with what its handshake came over.
    if (connection.transport.name === 'polling') pass.follow(connection);
    passes.set(connection, pass);
    this.upgrades.set(connection.id, 0);
    connection.once('close', () => this.upgrades.delete(connection.id));
  }

  /** Whether a request may go on: upgrades of a session are not counted as connections. */
  allows({ res, _query }: EngineRequest): boolean {
    const session = _query?.sid ?? '';
    const attempts = this.upgrades.get(session);
    if (res || attempts === undefined) return true;
    this.upgrades.set(session, attempts + 1);
    return attempts < MAX_UPGRADES;
  }
}

function refuse({ res, socket }: EngineRequest, { message, retryAfter = 1 }: ChatError): void {
  if (!res) {
    refuseForNow(socket, retryAfter);
    return;
  }
  const headers = { 'Content-Type': 'application/json', 'Retry-After': String(retryAfter) };
  res.writeHead(429, headers).end(JSON.stringify({ message }));
}
