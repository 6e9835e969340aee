import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import type { Connection, Expulsion } from '../../realtime/connection.js';
import { Frames } from '../../realtime/frames.js';
import { judgeWrite, SLOW_CONSUMER } from '../back-pressure.js';
import type { EventSource } from '../dispatcher.js';
import { EventLane } from '../event-lane.js';
import { TokenClock, type TokenHolder } from '../token-clock.js';
import { HEARTBEAT } from './heartbeat.js';
import type { FrameListener, HeldFrames } from './held-frames.js';
import { CLOSE, type CloseStatus, type RawDialect } from './raw-dialect.js';
import { writeMerged } from './write-merged.js';

/** One raw WebSocket whose user is known. */
export class RawConnection implements Connection, EventSource, TokenHolder {
  readonly id = randomUUID();
  readonly lane = new EventLane();
  private readonly clock = new TokenClock(this);
  private onClosed: ((reason: string) => void)[] = [];
  private isClosed = false;
  /** How it was closed before its socket was open. */
  private farewell: CloseStatus | null = null;
  private isCompressing = false;
  private socket: WebSocket | null = null;
  /** Written before the socket is open. */
  private early: Frames[] = [];
  /** Sent by the client before anybody listened. */
  private held: HeldFrames | null = null;

  constructor(
    readonly dialect: RawDialect,
    private user: Identity,
    readonly address: string,
  ) {}

  get identity(): Identity {
    return this.user;
  }

  /** The same user, with a newer token. */
  renew(identity: Identity): void {
    this.user = identity;
    this.clock.start();
  }

  /**
   * The client's socket is open. `welcome` is told before all else. Returns whether it stays so:
   * a client may be taken out of its room while its handshake is on the way.
   */
  start(socket: WebSocket, welcome: readonly string[], held: HeldFrames | null = null): boolean {
    const { dialect, early, farewell } = this;
    if (this.isClosed) {
      for (const { texts } of early) for (const text of texts) socket.send(text);
      if (farewell) socket.close(farewell.code, farewell.reason);
      else socket.terminate();
      return false;
    }
    this.socket = socket;
    this.held = held;
    this.isCompressing = socket.extensions !== '';
    socket.on('close', (code) => this.end(`closed by the client (${code})`));
    const ping = dialect.ping?.bind(dialect);
    if (ping) socket.on(HEARTBEAT, () => this.send(ping()));
    for (const text of welcome) this.send(text);
    this.early = [];
    for (const frames of early) this.write(frames);
    this.clock.start();
    return true;
  }

  /** Hears every frame, in order. */
  onFrame(listener: FrameListener): void {
    this.held?.release(listener);
    this.held = null;
    this.socket?.on('message', listener);
  }

  get isOpen(): boolean {
    return !this.isClosed && this.socket?.readyState === this.socket?.OPEN;
  }

  get isFlushed(): boolean {
    return !this.socket || this.socket.bufferedAmount === 0;
  }

  /** One write for all frames, unless the socket compresses: then its own sender keeps the order. */
  write(frames: Frames): void {
    const { socket } = this;
    if (!socket) {
      if (!this.isClosed) this.early.push(frames);
      return;
    }
    if (!this.mayWrite(socket, frames.isEphemeral)) return;
    if (!this.isCompressing && writeMerged(socket, frames.merged)) return;
    for (const text of frames.texts) socket.send(text);
  }

  /** Answers this client alone. */
  send(text: string): void {
    const { socket } = this;
    if (socket && this.mayWrite(socket, false)) socket.send(text);
  }

  /**
   * Ends reception at once, whatever is still on its way out: a client that does not read keeps
   * its socket until the close times out, but nothing more is kept for it.
   */
  close({ code, reason }: CloseStatus): void {
    if (this.isClosed) return;
    if (this.socket) this.socket.close(code, reason);
    else this.farewell = { code, reason };
    this.end(reason);
  }

  /** The client went away; nothing where it had been let in by then. */
  abandon(): void {
    if (!this.socket) this.end('gone before it was connected');
  }

  expire(): void {
    this.user = { ...this.user, expiresAt: 0 };
    this.close(CLOSE.unauthenticated);
  }

  shutOut(error: ChatError | null): void {
    if (error) this.tellLast(error);
    // What it sent before and is still waiting is not done any more.
    this.user = { ...this.user, expiresAt: 0 };
    this.close(this.dialect.expulsion?.('removed') ?? CLOSE.shutOut);
  }

  signOut(): void {
    this.tellLast(new ChatError('AUTH_FAILED'));
    this.expire();
  }

  expelled(why: Expulsion): void {
    const status = this.dialect.expulsion?.(why);
    if (status) this.close(status);
  }

  /** Calls back once, with a reason for the log; at once where the connection is gone already. */
  whenClosed(listener: (reason: string) => void): void {
    if (this.isClosed) listener('gone already');
    else this.onClosed.push(listener);
  }

  private tellLast(error: ChatError): void {
    const told = this.dialect.failure(error, null);
    // All that it is told, where its socket is not open yet.
    if (!this.socket) this.early = [new Frames([told], this.dialect.framePrefix)];
    this.send(told);
  }

  private mayWrite(socket: WebSocket, isEphemeral: boolean): boolean {
    if (!this.isOpen) return false;
    const verdict = judgeWrite(socket.bufferedAmount, isEphemeral);
    if (verdict === 'hang-up') this.close(SLOW_CONSUMER);
    return verdict === 'write';
  }

  private end(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.clock.stop();
    const listeners = this.onClosed;
    this.onClosed = [];
    // Not at once: it may be a room, in the middle of telling everyone, that found out.
    queueMicrotask(() => {
      for (const listener of listeners) listener(reason);
    });
  }
}
