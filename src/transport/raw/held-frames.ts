import type { WebSocket } from 'ws';

export type FrameListener = (data: Buffer, isBinary: boolean) => void;

interface WithReceiver {
  _receiver?: { _maxPayload?: number };
}

/** Keeps what a client sends until it is known who it is; after the first frame it reads no more. */
export class HeldFrames {
  private readonly frames: Parameters<FrameListener>[] = [];
  private readonly hold: FrameListener;
  private onFirst: (() => void) | null = null;
  private readonly maxBytes: number | undefined;

  /** Strangers may send little: less than this, where the route takes more from those it knows. */
  constructor(
    private readonly socket: WebSocket,
    maxBytes: number,
  ) {
    this.maxBytes = this.limit(maxBytes);
    this.hold = (data, isBinary) => {
      this.frames.push([data, isBinary]);
      socket.pause();
      // What follows in what has been read already may be as long as frames may be.
      if (this.maxBytes !== undefined) this.limit(this.maxBytes);
      this.onFirst?.();
    };
    socket.on('message', this.hold);
  }

  /** Takes the first frame; null where there was none in time, or the client is gone. */
  async first(withinMs: number): Promise<Parameters<FrameListener> | null> {
    if (this.frames.length === 0) await this.arrival(withinMs);
    return this.frames.shift() ?? null;
  }

  /** Hands over what came since, and lets the socket read again. */
  release(listener: FrameListener): void {
    this.socket.off('message', this.hold);
    for (const frame of this.frames) listener(...frame);
    this.socket.resume();
  }

  /** Lets the socket read again, for the client's part in closing it, and heeds nothing of it. */
  discard(): void {
    this.socket.off('message', this.hold);
    this.socket.resume();
  }

  /** `ws` has no public way to change it (ws 8). Returns what it was. */
  private limit(bytes: number): number | undefined {
    const receiver = (this.socket as WithReceiver)._receiver;
    const before = receiver?._maxPayload;
    if (receiver && before !== undefined) receiver._maxPayload = bytes;
    return before;
  }

  private async arrival(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.onFirst = resolve;
      this.socket.once('close', resolve);
      timer = setTimeout(resolve, withinMs);
    });
    clearTimeout(timer);
    this.onFirst = null;
  }
}
