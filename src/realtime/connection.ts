import type { PresenceChange, RoomEvent } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { Identity } from '../core/model/identity.js';
import type { Notification } from '../core/model/notification.js';
import type { Frames } from './frames.js';

export type DialectName = 'chat' | 'root' | 'veza' | 'salon' | 'live';

/**
 * How one wire format says what happened. Each method returns the text of one frame, or null
 * where the dialect has no word for it.
 */
export interface Presenter {
  roomEvent(conversationId: ConversationId, event: RoomEvent): string | null;
  presence(change: PresenceChange): string | null;
  notification(notification: Notification): string | null;
}

export interface Dialect {
  readonly name: DialectName;
  readonly present: Presenter;
  /** What the transport puts before each text of a frame. */
  readonly framePrefix: string;
}

/** One socket, as the service sees it: it can write, close and say who it is. Nothing else. */
export interface Connection {
  readonly id: string;
  readonly dialect: Dialect;
  readonly identity: Identity;
  /** Never throws; a socket that is gone swallows what it is given. */
  write(frames: Frames): void;
}
