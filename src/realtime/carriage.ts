import type { CoreEvents, RoomEvent } from '../core/core.events.js';
import type { CoreEventName } from '../core/ports/event-bus.js';

/**
 * How an event gets to the other nodes.
 * - `awaited`: by the journal, and whoever published it waits until they have applied it
 * - `kept`: by the journal
 * - `passing`: by Redis, whose loss somebody makes up for: see `ClusterEventBus`
 */
export type Carriage = 'awaited' | 'kept' | 'passing';

const CARRIAGE: Readonly<Record<Exclude<CoreEventName, 'room.event'>, Carriage>> = {
  // The log keeps them.
  'messages.committed': 'passing',
  'heads.reached': 'kept',
  'presence.changed': 'passing',
  'text.relayed': 'passing',
  'notification.raised': 'kept',
  'participant.added': 'awaited',
  'participant.removed': 'awaited',
  'sanction.applied': 'awaited',
  'sanction.lifted': 'awaited',
  'user.kicked': 'awaited',
  'user.blocked': 'awaited',
  'user.unblocked': 'awaited',
  'tokens.revoked': 'awaited',
  'conversation.deleted': 'awaited',
  'rules.changed': 'awaited',
};

const CARRIAGE_IN_ROOMS: Readonly<Record<RoomEvent['type'], Carriage>> = {
  'message.created': 'passing',
  'message.updated': 'kept',
  'message.deleted': 'kept',
  'message.reaction': 'kept',
  typing: 'passing',
  receipt: 'passing',
  'user.connected': 'passing',
  'user.disconnected': 'passing',
  'user.entered': 'passing',
  'user.left': 'passing',
  'participant.joined': 'kept',
  'participant.left': 'kept',
  // It may have ended something: visitors are put out.
  'conversation.updated': 'awaited',
  moderation: 'kept',
};

export type Happening = {
  readonly [N in CoreEventName]: { readonly name: N; readonly event: CoreEvents[N] };
}[CoreEventName];

export const carriageOf = ({ name, event }: Happening): Carriage =>
  name === 'room.event' ? CARRIAGE_IN_ROOMS[event.event.type] : CARRIAGE[name];

/** What nobody misses for long. */
export const isExpendable = ({ name, event }: Happening): boolean =>
  name === 'messages.committed' ||
  name === 'text.relayed' ||
  (name === 'room.event' && event.event.type === 'typing');
