import { Logger } from '@nestjs/common';

/** A stop that hangs is ended by force, before an orchestrator would: under 30 s with any delay. */
const STOP_WITHIN_MS = 15_000;

/**
 * Undoes what was opened, in reverse, and ends the process. Filled as things are opened: a signal
 * may come before all is up.
 */
export class Stopping {
  private readonly logger = new Logger('Main');
  private readonly closers: (() => Promise<void>)[] = [];
  private isUnderWay = false;

  /** `force` is called where the process ends without having stopped. */
  constructor(
    private readonly withinMs: number,
    private readonly force: () => void = () => undefined,
  ) {}

  static within(drainDelayMs: number): number {
    return drainDelayMs + STOP_WITHIN_MS;
  }

  add(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** The first signal stops in good order, a second one at once. */
  onSignals(...signals: NodeJS.Signals[]): void {
    for (const signal of signals) {
      process.on(signal, () => {
        if (this.isUnderWay) this.giveUp();
        this.begin(signal);
      });
    }
  }

  /** Whatever it is told by: once is enough. */
  begin(cause: string): void {
    if (this.isUnderWay) return;
    this.isUnderWay = true;
    this.logger.log({ event: 'STOPPING', signal: cause });
    setTimeout(() => this.giveUp(), this.withinMs).unref();
    this.undo().then(
      () => process.exit(0),
      (error: unknown) => {
        this.logger.error({ event: 'STOP_FAILED', error });
        process.exit(1);
      },
    );
  }

  private async undo(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
  }

  private giveUp(): never {
    this.force();
    process.exit(1);
  }
}

/** What a process does whose start failed. */
export function failToStart(error: unknown): void {
  new Logger('Main').fatal({ event: 'START_FAILED', error });
  process.exitCode = 1;
  // Whatever was opened on the way must not keep a failed process alive.
  setTimeout(() => process.exit(1), 1_000).unref();
}
