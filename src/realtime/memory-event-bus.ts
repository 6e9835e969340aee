import { Injectable, Logger } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import {
  EventBus,
  type CoreEventHandler,
  type CoreEventName,
  type Origin,
} from '../core/ports/event-bus.js';

/** One node: events are applied where they are published, before `publish` returns. */
@Injectable()
export class MemoryEventBus extends EventBus {
  private readonly logger = new Logger('EventBus');
  private readonly handlers: { [N in CoreEventName]?: CoreEventHandler<N>[] } = {};

  publish<N extends CoreEventName>(name: N, event: CoreEvents[N]): Promise<void> {
    void this.apply(name, event, 'here');
    return Promise.resolve();
  }

  subscribe<N extends CoreEventName>(name: N, handler: CoreEventHandler<N>): void {
    const handlers: CoreEventHandler<N>[] = (this.handlers[name] ??= []);
    handlers.push(handler);
  }

  /** Runs the handlers at once; resolves when what some of them went on with is done. */
  protected async apply<N extends CoreEventName>(
    name: N,
    event: CoreEvents[N],
    origin: Origin,
  ): Promise<void> {
    const underWay: Promise<unknown>[] = [];
    for (const handler of this.handlers[name] ?? []) {
      try {
        const result = handler(event, origin);
        if (!(result instanceof Promise)) continue;
        underWay.push(result.then(undefined, (error: unknown) => this.note(name, error)));
      } catch (error) {
        this.note(name, error);
      }
    }
    if (underWay.length > 0) await Promise.all(underWay);
  }

  /** The event has happened: one subscriber's fault must not hide it from the others. */
  private note(name: CoreEventName, error: unknown): void {
    this.logger.error({ event: 'SUBSCRIBER_FAILED', name, error });
  }
}
