import type { IncomingMessage } from 'node:http';
import type { Engine, EngineRequest } from './engine.js';
import { SessionDoor } from './session-door.js';
import { ownerOf, sessionPrefix } from './session-ids.js';
import { SessionPassage } from './session-passage.js';
import { workerSocket } from './worker-socket.js';

/** As long as a stopping service waits for its connections to be closed in good order. */
const CLOSE_WITHIN_MS = 2_000;

/**
 * Brings each request of an Engine.IO session to the worker that has it: the session's id names
 * it. So it does not matter which of them a connection was given to, and nothing in front of them
 * has to know. Handshakes stay where they came in, and with them the client's address.
 * See docs/decisions/0018-workers.md.
 */
export class SessionExchange {
  private readonly passage = new SessionPassage();
  private readonly heads = new WeakMap<IncomingMessage, Buffer>();
  private door: SessionDoor | null = null;

  constructor(
    private readonly folder: string,
    private readonly worker: number,
  ) {}

  /** To be called before anything else is served: sessions of before would name nobody. */
  async open(engine: Engine): Promise<void> {
    const generateId = engine.generateId.bind(engine);
    engine.generateId = async (request) => sessionPrefix(this.worker) + (await generateId(request));
    const handleUpgrade = engine.handleUpgrade.bind(engine);
    engine.handleUpgrade = (request, socket, head) => {
      this.heads.set(request, head);
      handleUpgrade(request, socket, head);
    };
    engine.use((request, _, next) => {
      const owner = ownerOf(request._query?.sid);
      if (owner === null || owner === this.worker) next();
      else this.passOn(request, owner);
    });
    this.door = new SessionDoor(engine);
    await this.door.open(this.folder, this.worker);
  }

  /** What came in here for others is waited for, then cut. */
  async close(): Promise<void> {
    await this.passage.close(CLOSE_WITHIN_MS);
    await this.door?.close();
  }

  private passOn(request: EngineRequest, owner: number): void {
    const path = workerSocket(this.folder, owner);
    if (request.res) return this.passage.request(request, request.res, path);
    const head = this.heads.get(request) ?? Buffer.alloc(0);
    this.passage.upgrade(request, request.socket, head, path);
  }
}
