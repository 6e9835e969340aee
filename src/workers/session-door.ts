import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Engine } from './engine.js';
import { ensureOwn, workerSocket } from './worker-socket.js';

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

  async open(folder: string, worker: number): Promise<void> {
    ensureOwn(folder);
    const path = workerSocket(folder, worker);
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
