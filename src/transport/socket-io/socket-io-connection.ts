import type { Socket } from 'socket.io';
import { ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import type { Connection, Dialect } from '../../realtime/connection.js';
import type { Frames } from '../../realtime/frames.js';
import { judgeWrite, SLOW_CONSUMER } from '../back-pressure.js';
import type { EventSource } from '../dispatcher.js';
import { EventLane } from '../event-lane.js';
import { TokenClock, type TokenHolder } from '../token-clock.js';
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
  needsNoToken?(eventName: string): boolean;
  /** The event that tells of a token that runs out soon, where the dialect has one. */
  expiring?(expiresAt: Date): readonly [name: string, payload: unknown];
}

/** What a token that is good no longer is called, where a failure names its event. */
const EXPIRED = 'auth:expired';
/** The same of a ban. */
const SHUT_OUT = 'connection';

/** Engine.IO's packet type of a message, which is also the prefix of its WebSocket frame. */
export const ENGINE_MESSAGE = '4';

/** The first character of an event packet (Socket.IO protocol v5), then the namespace. */
export const eventPacket = (namespace: string, name: string, payload: unknown): string =>
  `2${namespace === '/' ? '' : `${namespace},`}${JSON.stringify([name, payload])}`;

export class SocketIoConnection implements Connection, EventSource, TokenHolder {
  readonly id: string;
  readonly lane = new EventLane();
  private readonly clock = new TokenClock(this);
  private readonly engine: EngineSocket;
  /** Written before the client knows that it is connected; null from then on. */
  private early: Frames[] | null = [];
  /** Shut out before that, and why. */
  private farewell: { readonly error: ChatError | null } | null = null;

  constructor(
    private readonly socket: Socket,
    readonly dialect: SocketIoDialect,
    private user: Identity,
    readonly address: string,
  ) {
    this.id = socket.id;
    this.engine = engineOf(socket);
  }

  get identity(): Identity {
    return this.user;
  }

  /** The same user, with a newer token. */
  renew(identity: Identity): void {
    this.user = identity;
    this.clock.start();
  }

  get isOpen(): boolean {
    return this.engine.isOpen;
  }

  /** The client knows that it is connected. */
  start(): void {
    const { early } = this;
    this.early = null;
    this.socket.once('disconnect', () => this.clock.stop());
    if (this.farewell) return this.shutOut(this.farewell.error);
    if (this.user.expiresAt === 0) return this.signOut();
    this.clock.start();
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

  announceExpiry(): void {
    const event = this.dialect.expiring?.(new Date(this.user.expiresAt));
    if (event && this.mayWrite()) this.emit(...event);
  }

  expire(): void {
    this.user = { ...this.user, expiresAt: 0 };
    this.disconnect();
  }

  shutOut(error: ChatError | null): void {
    if (this.early) this.farewell = { error };
    else if (error) this.tellLast(SHUT_OUT, error);
    // What it sent before and is still waiting is not done any more.
    this.user = { ...this.user, expiresAt: 0 };
    this.disconnect();
  }

  signOut(): void {
    this.tellLast(EXPIRED, new ChatError('AUTH_FAILED'));
    this.expire();
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

  private tellLast(eventName: string, error: ChatError): void {
    const failure = this.dialect.failures.event(eventName, error, false);
    // Where the client does not know yet that it is connected, `start` comes back to this.
    if (failure && !this.early && this.socket.connected && this.mayWrite()) this.emit(...failure);
  }
}
