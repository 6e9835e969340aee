import { asChatError, type ChatError } from '../core/core.errors.js';

/** How an answer gets onto the wire. */
export interface Responder {
  succeed(answer: unknown): void;
  fail(error: ChatError): void;
}

/** The one answer that every event gets, exactly once, whatever happens. */
export class Reply {
  private isAnswered = false;
  private followUp: (() => void) | null = null;
  private onFailed: (() => void) | null = null;

  constructor(
    /** As the client named it. */
    readonly eventName: string,
    private readonly responder: Responder,
    private readonly onFailure: (eventName: string, error: ChatError) => void,
  ) {}

  /** Called once the answer is on its way: for what must not overtake it. */
  afterwards(action: () => void): void {
    this.followUp = action;
  }

  /** Called once it is clear that the event failed. */
  whenFailed(action: () => void): void {
    this.onFailed = action;
  }

  succeed(answer: unknown): void {
    if (!this.settle()) return;
    this.responder.succeed(answer);
    this.followUp?.();
  }

  fail(thrown: unknown): void {
    if (!this.settle()) return;
    const error = asChatError(thrown);
    this.onFailure(this.eventName, error);
    this.responder.fail(error);
    this.onFailed?.();
    this.followUp?.();
  }

  private settle(): boolean {
    if (this.isAnswered) return false;
    this.isAnswered = true;
    return true;
  }
}
