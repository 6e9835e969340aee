import type { WebSocket } from 'ws';

export type FrameListener = (data: Buffer, isBinary: boolean) => void;

/** Keeps what a client sends until it is known who it is; after the first frame it reads no more. */
export class HeldFrames {
  private readonly frames: Parameters<FrameListener>[] = [];
  private readonly hold: FrameListener;
  private onFirst: (() => void) | null = null;

  constructor(private readonly socket: WebSocket) {
    this.hold = (data, isBinary) => {
      this.frames.push([data, isBinary]);
      socket.pause();
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
