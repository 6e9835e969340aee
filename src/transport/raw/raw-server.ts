import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { asChatError, ChatError } from '../../core/core.errors.js';
import type { ConnectionGate } from '../connection-gate.js';
import type { OriginPolicy } from '../origin-policy.js';
import { refuseForNow, refuseUpgrade } from '../refuse-upgrade.js';
import { Heartbeat } from './heartbeat.js';
import { CLOSE } from './raw-dialect.js';
import { RawRoute, type Handshake } from './raw-route.js';

/** What Socket.IO answers itself. */
const SOCKET_IO_PATH = '/socket.io/';

const ANYWHERE = 'http://localhost';

/** Finds the route of each upgrade, and refuses those that have none. */
export class RawServer {
  private readonly logger = new Logger('RawServer');
  private readonly routes: RawRoute[] = [];
  private readonly sockets = new Set<WebSocket>();
  private readonly heartbeat: Heartbeat;
  private isClosing = false;

  constructor(
    http: Server,
    private readonly origins: OriginPolicy,
    private readonly gate: ConnectionGate,
    pingIntervalMs: number,
  ) {
    this.heartbeat = new Heartbeat(pingIntervalMs);
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.onUpgrade(request, socket, head),
    );
  }

  get socketCount(): number {
    return this.sockets.size;
  }

  route(path: string): RawRoute {
    const route = new RawRoute(path);
    this.routes.push(route);
    return route;
  }

  /** A socket of one of the routes: from now on it is pinged, and closed with the service. */
  private watch(socket: WebSocket): void {
    this.sockets.add(socket);
    this.heartbeat.watch(socket);
    socket.on('close', () => this.sockets.delete(socket));
    // `close` follows; unheard, an error would end the process.
    socket.on('error', () => undefined);
    if (this.isClosing) socket.close(CLOSE.draining.code, CLOSE.draining.reason);
  }

  /** Takes nobody from now on: who came later would keep the process from ending. */
  closeSockets(): void {
    this.isClosing = true;
    for (const socket of this.sockets) socket.close(CLOSE.draining.code, CLOSE.draining.reason);
  }

  stop(): void {
    this.heartbeat.stop();
    for (const socket of this.sockets) socket.terminate();
  }

  private onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = request.url ?? '/';
    if (url.startsWith(SOCKET_IO_PATH)) return;
    socket.on('error', () => undefined);
    if (this.isClosing) return refuseUpgrade(socket, '503 Service Unavailable');
    // A path like any other, which a URL would take for a host's name.
    if (url.startsWith('//')) return refuseUpgrade(socket, '404 Not Found');
    if (!URL.canParse(url, ANYWHERE)) return refuseUpgrade(socket, '400 Bad Request');
    const { pathname, searchParams: query } = new URL(url, ANYWHERE);
    // A URL leads `/x/../ws` and `/x\..\ws` to `/ws`, past whatever guards paths in front of us.
    if (url.startsWith('/') && pathname !== url.split('?')[0])
      return refuseUpgrade(socket, '404 Not Found');
    for (const route of this.routes) {
      const params = this.paramsOf(route, pathname);
      if (!params) continue;
      if (!this.origins.allows(request)) return refuseUpgrade(socket, '403 Forbidden');
      this.upgrade(route, { request, query, params }, socket, head).catch((error: unknown) => {
        this.logger.error({ event: 'UPGRADE_FAILED', error });
        socket.destroy();
      });
      return;
    }
    refuseUpgrade(socket, '404 Not Found');
  }

  private async upgrade(
    route: RawRoute,
    visit: Omit<Handshake, 'settle'>,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const pass = await this.gate.enter(visit.request, socket).catch(asChatError);
    if (pass instanceof ChatError) {
      refuseForNow(socket, pass.retryAfter);
      return;
    }
    const handshake = { ...visit, settle: () => pass.settle() };
    await route.upgrade(handshake, socket, head, (opened) => this.watch(opened));
  }

  private paramsOf(route: RawRoute, pathname: string) {
    try {
      return route.paramsOf(pathname);
    } catch {
      // An escape like %ZZ names nothing.
      return null;
    }
  }
}
