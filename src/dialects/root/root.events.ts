import type { Violation } from '../../core/core.errors.js';
import type { MessagePayload, TypingPayload } from './root.schemas.js';

/** Whatever the sender put beside the text, and where the message belongs. */
export interface WireContext {
  /** As the sender called the conversation; its id, where the sender did not. */
  roomId: string | number;
  replyTo?: string | number;
  [key: string]: unknown;
}

export interface WireMessage {
  id: string;
  message: string;
  timestamp: string;
  /** Null for a visitor without a token. */
  userId: string | null;
  username: string;
  /** The conversation's id. */
  roomId: string;
  context: WireContext;
  /** URLs, where the message has any. */
  attachments?: readonly string[];
}

/** What clients may emit: name → what comes in, and what the ack adds to `success: true`. */
export interface ClientEvents {
  message: { payload: MessagePayload; ack: { message: WireMessage; duplicate?: true } };
  typing: { payload: TypingPayload; ack: object };
}

/** What the server emits: name → payload. */
export interface ServerEvents {
  message: WireMessage;
  userTyping: { userId: string | null; username: string; isTyping: boolean; roomId: string };
  userStatus: { userId: string; username: string; isOnline: boolean; lastSeen?: string };
  error: {
    message: string;
    code: string;
    details?: readonly Violation[];
    retryAfter?: number;
  };
}

export interface FailureAck {
  success: false;
  message: string;
  error: ServerEvents['error'];
}

export type SuccessAck<N extends keyof ClientEvents> = { success: true } & ClientEvents[N]['ack'];
