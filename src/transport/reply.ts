import { asChatError, type ChatError } from '../core/core.errors.js';

export type AckCallback = (answer: unknown) => void;

/** How a Socket.IO dialect words a failure. */
export interface FailureWording {
  ack(error: ChatError): unknown;
  /** The event that tells of a failure nobody asked an ack for: its name and payload. */
  event(eventName: string, error: ChatError): readonly [name: string, payload: unknown];
}

/** The one answer that every event gets, exactly once, whatever happens. */
export class Reply {
  private isAnswered = false;
  private followUp: (() => void) | null = null;

  constructor(
    readonly eventName: string,
    private readonly ack: AckCallback | null,
    private readonly wording: FailureWording,
    private readonly emit: (name: string, payload: unknown) => void,
    private readonly onFailure: (eventName: string, error: ChatError) => void,
  ) {}

  /** Called once the answer is on its way: for what must not overtake it. */
  afterwards(action: () => void): void {
    this.followUp = action;
  }

  succeed(answer: unknown): void {
    if (!this.settle()) return;
    this.ack?.(answer);
    this.followUp?.();
  }

  fail(thrown: unknown): void {
    if (!this.settle()) return;
    const error = asChatError(thrown);
    this.onFailure(this.eventName, error);
    if (this.ack) this.ack(this.wording.ack(error));
    else this.emit(...this.wording.event(this.eventName, error));
    this.followUp?.();
  }

  private settle(): boolean {
    if (this.isAnswered) return false;
    this.isAnswered = true;
    return true;
  }
}
