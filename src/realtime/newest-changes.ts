import { LRUCache } from 'lru-cache';
import type { RoomEvent } from '../core/core.events.js';
import type { MessageId, Reactions } from '../core/model/message.js';

interface Newest {
  /** Of the last edit told; infinite once the message is deleted. */
  edit: number;
  reacted: { readonly revision: number; readonly reactions: Reactions } | null;
}

/**
 * Of messages that were changed of late, what was told last. Two nodes hear of each other's changes
 * after they told of their own: what is older than what was told already must not be the last word.
 */
export class NewestChanges {
  private readonly known = new LRUCache<MessageId, Newest>({ max: 10_000 });

  /** The event as it is to be told now; null where it is out of date. */
  upToDate(event: RoomEvent): RoomEvent | null {
    switch (event.type) {
      case 'message.updated':
        return this.afterEdit(event);
      case 'message.deleted':
        this.of(event.message.id).edit = Infinity;
        return event;
      case 'message.reaction':
        return this.afterReaction(event);
      default:
        return event;
    }
  }

  private afterEdit(event: Extract<RoomEvent, { type: 'message.updated' }>): RoomEvent | null {
    const { message, revision } = event;
    const newest = this.of(message.id);
    if (revision < newest.edit) return null;
    newest.edit = revision;
    const { reacted } = newest;
    if (!reacted || reacted.revision < revision) return event;
    return { ...event, message: { ...message, reactions: reacted.reactions } };
  }

  /** Who reacted is news at any time; how many there are is said as of the newest. */
  private afterReaction(event: Extract<RoomEvent, { type: 'message.reaction' }>): RoomEvent {
    const { messageId, revision, reactions } = event;
    if (revision === undefined) return event;
    const newest = this.of(messageId);
    if (newest.reacted && revision < newest.reacted.revision) {
      return { ...event, reactions: newest.reacted.reactions };
    }
    newest.reacted = { revision, reactions };
    return event;
  }

  private of(id: MessageId): Newest {
    let newest = this.known.get(id);
    if (!newest) this.known.set(id, (newest = { edit: 0, reacted: null }));
    return newest;
  }
}
