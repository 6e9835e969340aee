import type { ErrorCode, Violation } from '../../core/core.errors.js';
import type { MessageType } from '../../core/model/message.js';
import type { ModerationAction } from '../../core/model/sanction.js';
import type { WireUserId } from '../../core/model/wire-ids.js';
import type { ChatMessageData, EmptyData, ModerationData } from './live.schemas.js';

/** What clients may send: type → data. */
export interface ClientFrames {
  chat_message: ChatMessageData;
  typing_start: EmptyData;
  typing_stop: EmptyData;
  moderation_action: ModerationData;
  ping: EmptyData;
}

interface User {
  username: string;
  /** Null for a visitor without a token. */
  user_id: WireUserId;
}

/** What the server sends: type → data. Timestamps are ISO 8601. */
export interface ServerFrames {
  room_joined: {
    room_id: number;
    connection_count: number;
    /** With `last_message_id`: how many missed messages follow at once, and whether there are more. */
    missed_count?: number;
    has_more?: boolean;
  };
  chat_message: User & {
    id: number;
    message: string;
    timestamp: string;
    room_id: number;
    /** Where it is none of text. */
    message_type?: MessageType;
    attachments?: readonly string[];
    reply_to?: number;
    client_message_id?: string;
  };
  user_joined: User & { timestamp: string };
  user_left: User;
  typing_start: User & { timestamp: string };
  typing_stop: User & { timestamp: string };
  moderation_action: {
    action: ModerationAction;
    target_user_id: WireUserId;
    moderator_user_id: WireUserId;
    /** 0 for one without an end. */
    duration_minutes: number;
    timestamp: string;
  };
  pong: Record<string, never>;
  error: {
    message: string;
    code: ErrorCode;
    fields?: readonly Violation[];
    /** Seconds. */
    retry_after?: number;
  };
}
