import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** As Engine.IO leaves a request: one of polling has its response, an upgrade has none. */
export type EngineRequest = IncomingMessage & {
  readonly res?: ServerResponse;
  readonly _query?: { readonly sid?: unknown };
};

/** What the exchange of sessions needs of Engine.IO's server (6.6). */
export interface Engine {
  generateId(request: IncomingMessage): string | PromiseLike<string>;
  use(step: (request: EngineRequest, response: unknown, next: () => void) => void): void;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}
