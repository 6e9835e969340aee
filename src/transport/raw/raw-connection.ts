import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Identity } from '../../core/model/identity.js';
import type { Connection } from '../../realtime/connection.js';
import type { Frames } from '../../realtime/frames.js';
import { judgeWrite, SLOW_CONSUMER } from '../back-pressure.js';
import type { EventSource } from '../dispatcher.js';
import { EventLane } from '../event-lane.js';
import { CLOSE, type CloseStatus, type RawDialect } from './raw-dialect.js';
import { writeMerged } from './write-merged.js';

/** One raw WebSocket whose user is known. */
export class RawConnection implements Connection, EventSource {
  readonly id = randomUUID();
  readonly lane = new EventLane();
  private onClosed: ((reason: string) => void)[] = [];
  private isClosed = false;
  private isCompressing = false;
  private socket: WebSocket | null = null;
  /** Written before the socket is open. */
  private early: Frames[] = [];

  constructor(
    readonly dialect: RawDialect,
    readonly identity: Identity,
    readonly address: string,
  ) {}

  /** The client's socket is open. */
  start(socket: WebSocket): void {
    this.socket = socket;
    this.isCompressing = socket.extensions !== '';
    socket.on('close', (code) => this.end(`closed by the client (${code})`));
    const { early } = this;
    this.early = [];
    for (const frames of early) this.write(frames);
  }

  /** Hears every frame, in order. */
  onFrame(listener: (data: Buffer, isBinary: boolean) => void): void {
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
    this.socket?.close(code, reason);
    this.end(reason);
  }

  /** The client went away before its socket was open. */
  abandon(): void {
    this.end('gone before it was connected');
  }

  expire(): void {
    this.close(CLOSE.unauthenticated);
  }

  /** Calls back once, with a reason for the log; at once where the connection is gone already. */
  whenClosed(listener: (reason: string) => void): void {
    if (this.isClosed) listener('gone already');
    else this.onClosed.push(listener);
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
    const listeners = this.onClosed;
    this.onClosed = [];
    // Not at once: it may be a room, in the middle of telling everyone, that found out.
    queueMicrotask(() => {
      for (const listener of listeners) listener(reason);
    });
  }
}
