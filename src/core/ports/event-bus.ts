import type { CoreEvents } from '../core.events.js';

export type CoreEventName = keyof CoreEvents;
export type CoreEventHandler<N extends CoreEventName> = (event: CoreEvents[N]) => void;

/** Carries events to every node of the service, this one included. */
export abstract class EventBus {
  /**
   * Resolves once every reachable node has applied the event to its live sockets, so that what
   * is acknowledged after it holds everywhere (a removed participant hears nothing more).
   */
  abstract publish<N extends CoreEventName>(name: N, event: CoreEvents[N]): Promise<void>;

  abstract subscribe<N extends CoreEventName>(name: N, handler: CoreEventHandler<N>): void;
}
