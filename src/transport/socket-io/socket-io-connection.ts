import type { Socket } from 'socket.io';
import type { ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import type { Connection, Dialect } from '../../realtime/connection.js';
import type { Frames } from '../../realtime/frames.js';
import { judgeWrite, SLOW_CONSUMER } from '../back-pressure.js';
import type { EventSource } from '../dispatcher.js';
import { EventLane } from '../event-lane.js';
import { engineOf, type EngineSocket } from './engine-socket.js';

/** How a Socket.IO dialect words a failure. */
export interface FailureWording {
  ack(error: ChatError): unknown;
  /**
   * The event that tells of a failure: its name and payload. Null for none, as where the ack says
   * it already.
   */
  event(
    eventName: string,
    error: ChatError,
    isAcked: boolean,
  ): readonly [name: string, payload: unknown] | null;
}

/** A dialect spoken over Socket.IO. */
export interface SocketIoDialect extends Dialect {
  readonly failures: FailureWording;
  mayOverlap(eventName: string, payload: unknown): boolean;
  isSend?(eventName: string): boolean;
}

/** Engine.IO's packet type of a message, which is also the prefix of its WebSocket frame. */
export const ENGINE_MESSAGE = '4';

/** The first character of an event packet (Socket.IO protocol v5), then the namespace. */
export const eventPacket = (namespace: string, name: string, payload: unknown): string =>
  `2${namespace === '/' ? '' : `${namespace},`}${JSON.stringify([name, payload])}`;

export class SocketIoConnection implements Connection, EventSource {
  readonly id: string;
  readonly lane = new EventLane();
  private readonly engine: EngineSocket;
  /** Written before the client knows that it is connected; null from then on. */
  private early: Frames[] | null = [];

  constructor(
    private readonly socket: Socket,
    readonly dialect: SocketIoDialect,
    readonly identity: Identity,
    readonly address: string,
  ) {
    this.id = socket.id;
    this.engine = engineOf(socket);
  }

  get isOpen(): boolean {
    return this.engine.isOpen;
  }

  /** The client knows that it is connected. */
  start(): void {
    const { early } = this;
    this.early = null;
    for (const frames of early ?? []) this.write(frames);
  }

  /**
   * One write for all frames where the transport is a plain WebSocket; one packet each where it
   * is polling, or about to be upgraded, or compressed.
   */
  write(frames: Frames): void {
    const { engine } = this;
    if (!engine.isOpen) return;
    if (this.early) {
      this.early.push(frames);
      return;
    }
    if (!this.socket.connected || !this.mayWrite(frames.isEphemeral)) return;
    if (engine.takesMergedFrames) engine.write(frames.texts[0] ?? '', frames.merged);
    else for (const text of frames.texts) engine.write(text);
  }

  emit(name: string, payload: unknown): void {
    this.socket.emit(name, payload);
  }

  /** What has come in since it was asked last. */
  takeReceivedBytes(): number {
    return this.engine.takeReceivedBytes();
  }

  get isFlushed(): boolean {
    return this.engine.isFlushed;
  }

  expire(): void {
    this.disconnect();
  }

  shutOut(error: ChatError | null): void {
    const event = error && this.dialect.failures.event('connection', error, false);
    if (event && this.mayWrite()) this.emit(...event);
    this.disconnect();
  }

  /** Ends the connection for good: the client does not come back by itself. */
  disconnect(): void {
    this.socket.disconnect(true);
  }

  /** A reader that is lost is hung up on, in the way that lets it come back. */
  mayWrite(isEphemeral = false): boolean {
    const verdict = judgeWrite(this.engine.queuedBytes, isEphemeral);
    if (verdict === 'hang-up') this.engine.hangUp(SLOW_CONSUMER);
    return verdict === 'write';
  }
}
