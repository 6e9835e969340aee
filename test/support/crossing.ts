import { randomUUID } from 'node:crypto';
import { EventBus } from '../../src/core/ports/event-bus.js';
import type { TestApp } from './app.js';
import { within } from './patience.js';

let crossing: (() => Promise<unknown>) | null = null;

/** Resolves when what any node has published has reached all of them; of one node, at once. */
export async function crossed(): Promise<void> {
  await crossing?.();
}

/** From now on `crossed` waits for what goes between these, until the returned function is called. */
export function watchCrossings(nodes: readonly TestApp[]): () => void {
  const buses = nodes.map((node) => node.get(EventBus));
  const heard = new Map<string, () => void>();
  for (const bus of buses) {
    bus.subscribe('text.relayed', ({ from }, origin) => {
      if (origin === 'elsewhere') heard.get(from)?.();
    });
  }
  const calledOut = (bus: EventBus): Promise<void> => {
    const from = randomUUID();
    return within(
      'a call to cross',
      new Promise<void>((resolve) => {
        heard.set(from, resolve);
        void bus.publish('text.relayed', { text: '', from });
      }),
    ).finally(() => heard.delete(from));
  };
  // Of no conversation; but whoever publishes it waits for all.
  const entered = (bus: EventBus) => bus.publish('conversation.deleted', { conversationId: 0 });
  const own = () => Promise.all([...buses.map(calledOut), ...buses.map(entered)]);
  crossing = own;
  return () => {
    if (crossing === own) crossing = null;
  };
}
