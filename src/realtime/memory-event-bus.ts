import { Injectable, Logger } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import { EventBus, type CoreEventHandler, type CoreEventName } from '../core/ports/event-bus.js';

/** One node: events are applied where they are published, before `publish` returns. */
@Injectable()
export class MemoryEventBus extends EventBus {
  private readonly logger = new Logger('EventBus');
  private readonly handlers: { [N in CoreEventName]?: CoreEventHandler<N>[] } = {};

  publish<N extends CoreEventName>(name: N, event: CoreEvents[N]): Promise<void> {
    for (const handler of this.handlers[name] ?? []) {
      try {
        handler(event);
      } catch (error) {
        // The event has happened: one subscriber's fault must not hide it from the others.
        this.logger.error({ event: 'SUBSCRIBER_FAILED', name, error });
      }
    }
    return Promise.resolve();
  }

  subscribe<N extends CoreEventName>(name: N, handler: CoreEventHandler<N>): void {
    const handlers: CoreEventHandler<N>[] = (this.handlers[name] ??= []);
    handlers.push(handler);
  }
}
