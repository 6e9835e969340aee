import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { ENVIRONMENT } from '../../config/config.module.js';
import { isBroadcasting, type Environment } from '../../config/environment.js';
import { asChatError, type ChatError } from '../../core/core.errors.js';
import { networkOf } from '../../core/model/network.js';
import { EventBus } from '../../core/ports/event-bus.js';
import { SendLimiter } from '../../core/ports/send-limiter.js';
import { Admission } from '../../transport/admission.js';
import { judgeWrite, SLOW_CONSUMER } from '../../transport/back-pressure.js';
import { CLOSE, type CloseStatus } from '../../transport/raw/raw-dialect.js';
import type { RawRoute } from '../../transport/raw/raw-route.js';
import { failureFrame } from './live.errors.js';

const MAX_FRAME_BYTES = 4 * 1024;
/** Frames of one client that were refused, one after the other, before it is hung up on. */
const MAX_REFUSED = 50;
/** The name by which the limiter counts what comes from one address. */
const BROADCAST = 'broadcast';

/** One client, and what it sent that is not relayed yet. */
interface Peer {
  readonly id: string;
  readonly socket: WebSocket;
  readonly address: string;
  turn: Promise<void>;
  refused: number;
}

/**
 * `/live/ws`: what one client sends every other one gets, unchanged, on whatever node. Nobody is
 * known, nothing is kept.
 */
@WebSocketGateway({ path: '/live/ws' })
export class LiveBroadcastGateway implements OnGatewayInit {
  private readonly peers = new Set<Peer>();

  constructor(
    private readonly admission: Admission,
    private readonly limiter: SendLimiter,
    private readonly bus: EventBus,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {
    bus.subscribe('text.relayed', ({ text, from }) => {
      for (const peer of this.peers) if (peer.id !== from) write(peer.socket, text);
    });
  }

  afterInit(route: RawRoute): void {
    // A route that serves nothing is not there.
    if (!isBroadcasting(this.environment)) return;
    route.serve({ maxFrameBytes: MAX_FRAME_BYTES }, ({ request, settle }) => {
      const address = networkOf(this.admission.addressOf(request));
      settle();
      return Promise.resolve((socket) => this.enter(socket, address));
    });
  }

  private enter(socket: WebSocket, address: string): void {
    if (this.admission.isDraining) return close(socket, CLOSE.draining);
    const id = randomUUID();
    const peer: Peer = { id, socket, address, turn: Promise.resolve(), refused: 0 };
    this.peers.add(peer);
    socket.on('close', () => this.peers.delete(peer));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) return close(socket, CLOSE.binary);
      // One after the other: nothing overtakes what the limiter still thinks about.
      peer.turn = peer.turn.then(() => this.relay(peer, data.toString()));
    });
  }

  private async relay(from: Peer, text: string): Promise<void> {
    if (from.socket.readyState !== from.socket.OPEN) return;
    try {
      await this.limiter.take(BROADCAST, from.address);
      from.refused = 0;
    } catch (thrown) {
      this.refuse(from, asChatError(thrown));
      return;
    }
    await this.bus.publish('text.relayed', { text, from: from.id });
  }

  private refuse(peer: Peer, error: ChatError): void {
    if (++peer.refused > MAX_REFUSED) close(peer.socket, CLOSE.flood);
    else write(peer.socket, failureFrame(error, null));
  }
}

const close = (socket: WebSocket, { code, reason }: CloseStatus): void =>
  socket.close(code, reason);

/** Nothing of it is kept: who reads slowly misses some. */
function write(socket: WebSocket, text: string): void {
  if (socket.readyState !== socket.OPEN) return;
  const verdict = judgeWrite(socket.bufferedAmount, true);
  if (verdict === 'hang-up') close(socket, SLOW_CONSUMER);
  else if (verdict === 'write') socket.send(text);
}
