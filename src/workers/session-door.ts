import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Engine } from './engine.js';

/** How a worker is reached by the others: requests that name one of its sessions, as they came. */
export class SessionDoor {
  private readonly server: Server;

  constructor(engine: Engine) {
    // What a client may take is watched where it came in; connections between workers are kept.
    this.server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    this.server.on('request', (request, response) => engine.handleRequest(request, response));
    this.server.on('upgrade', (request, socket, head) =>
      engine.handleUpgrade(request, socket, head),
    );
  }

  async open(path: string, folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Exclusive: a worker's other servers are shared with all of them.
    this.server.listen({ path, exclusive: true });
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
