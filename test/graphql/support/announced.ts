import type { CoreEvents } from '../../../src/core/core.events.js';
import { EventBus, type CoreEventName } from '../../../src/core/ports/event-bus.js';
import type { TestApp } from '../../support/app.js';
import { within } from '../../support/patience.js';

/** Resolves at the next event of that name that fits: for what no client is left to hear of. */
function announced<N extends CoreEventName>(
  app: TestApp,
  name: N,
  fits: (event: CoreEvents[N]) => boolean,
): Promise<void> {
  const event = new Promise<void>((resolve) => {
    app.get(EventBus).subscribe(name, (heard) => fits(heard) && resolve());
  });
  return within(name, event);
}

/** Resolves when the room is no more. */
export const end = (app: TestApp, id: number): Promise<void> =>
  announced(app, 'conversation.deleted', ({ conversationId }) => conversationId === id);

/** Resolves when the next user has left the room. */
export const departure = (app: TestApp, id: number): Promise<void> =>
  announced(
    app,
    'room.event',
    ({ conversationId, event }) => conversationId === id && event.type === 'user.left',
  );
