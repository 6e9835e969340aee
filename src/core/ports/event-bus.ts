import type { CoreEvents } from '../core.events.js';

export type CoreEventName = keyof CoreEvents;

/** Where an event was published: on this node, or on another one. */
export type Origin = 'here' | 'elsewhere';

/**
 * Runs on every node. What belongs to the node where it happened alone (to write, to publish) it
 * must leave to that one. Where it returns a promise, the event counts as applied after that.
 */
export type CoreEventHandler<N extends CoreEventName> = (
  event: CoreEvents[N],
  origin: Origin,
) => unknown;

/** Carries events to every node of the service, this one included. */
export abstract class EventBus {
  /**
   * Applied here at once. Resolves, where anything ends by the event or is decided otherwise from
   * now on, once every living node has applied it to its live sockets: so what is acknowledged
   * after it holds everywhere (a removed participant hears nothing more). UNAVAILABLE where that
   * takes too long: the event is told all the same.
   */
  abstract publish<N extends CoreEventName>(name: N, event: CoreEvents[N]): Promise<void>;

  abstract subscribe<N extends CoreEventName>(name: N, handler: CoreEventHandler<N>): void;
}
