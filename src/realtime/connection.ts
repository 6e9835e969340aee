import type { ChatError } from '../core/core.errors.js';
import type { PresenceChange, RoomEvent } from '../core/core.events.js';
import type { ConversationHead, ConversationType } from '../core/model/conversation.js';
import type { Identity } from '../core/model/identity.js';
import type { Notification } from '../core/model/notification.js';
import type { Frames } from './frames.js';

export type DialectName = 'chat' | 'root' | 'veza' | 'salon' | 'live';

export type Expulsion = 'removed' | 'conversation-gone';

/** What a client calls a conversation on its own wire; null where it never named it. */
export type RoomName = string | number | null;

/** The conversation an event is about, as the reader knows it. */
export interface RoomView extends Pick<ConversationHead, 'id' | 'type' | 'pair'> {
  readonly name: RoomName;
  /** Who reads, where the dialect tells that reader otherwise than the others; else null. */
  readonly reader: Connection | null;
}

/**
 * How one wire format says what happened. Each method returns the text of one frame, or null
 * where the dialect has no word for it.
 */
export interface Presenter {
  roomEvent(room: RoomView, event: RoomEvent): string | null;
  presence(change: PresenceChange): string | null;
  notification(notification: Notification): string | null;
}

export interface Dialect {
  readonly name: DialectName;
  readonly present: Presenter;
  /** What the transport puts before each text of a frame. */
  readonly framePrefix: string;
  /** Puts several texts into fewer frames, where the client can take them so. */
  readonly bundle?: (texts: readonly string[]) => readonly string[];
  /**
   * Whether it tells those who did something of it otherwise than it tells the others, and either
   * of two who talk to each other otherwise than the other.
   */
  readonly addressesReaders?: boolean;
  /**
   * What it says of people: that a user came online; that a participant did, or looked in, for
   * each of its rooms; or that somebody entered the room.
   */
  readonly presence: 'online' | 'online-per-room' | 'visits';
  /** Whether a connection is in one room all its life: what happens elsewhere is nothing to it. */
  readonly isOfOneRoom?: boolean;
  /** Whether a connection reads a participant's conversations of that type without joining them. */
  joinsByItself(type: ConversationType): boolean;
}

/** One socket, as the service sees it: it can write, close and say who it is. Nothing else. */
export interface Connection {
  readonly id: string;
  readonly dialect: Dialect;
  readonly identity: Identity;
  /** Where the client comes from. */
  readonly address: string;
  /** Somebody else ended its reception of a conversation: it was removed, or all of it is gone. */
  expelled?(why: Expulsion): void;
  /**
   * Ends the connection for good: its user was banned from the service, or put out of it. `error`
   * is told before, where there is something to tell.
   */
  shutOut(error: ChatError | null): void;
  /** Its token is good no longer: the client is told so, and hung up on. */
  signOut?(): void;
  /** Never throws; a socket that is gone swallows what it is given. */
  write(frames: Frames): void;
}
