import type { ConversationType } from '../../core/model/conversation.js';
import type { RoomName } from '../../realtime/connection.js';
import type {
  AuthData,
  EmptyData,
  FileUploadData,
  JoinRoomData,
  MessageData,
  ReadReceiptData,
  ReportData,
  RoomData,
} from './veza.schemas.js';

/** What clients may send: type → data. */
export interface ClientFrames {
  auth: AuthData;
  join_room: JoinRoomData;
  leave_room: RoomData;
  message: MessageData;
  typing_start: RoomData;
  typing_stop: RoomData;
  read_receipt: ReadReceiptData;
  file_upload: FileUploadData;
  report_message: ReportData;
  ping: EmptyData;
  pong: EmptyData;
}

/** Text; null for a visitor without a token. */
type WireUserId = string | null;

/** As documented; `audio` is `voice` here. */
export type WireMessageType = 'text' | 'image' | 'voice' | 'video' | 'file' | 'system';

interface Content {
  room_id: RoomName;
  /** `msg_<id>`, as every message's id. */
  message_id: string;
  content: string;
  message_type: WireMessageType;
  /** Milliseconds since the epoch, as every timestamp. */
  timestamp: number;
  mentions: readonly string[];
  attachments: readonly string[];
  reply_to?: string;
}

export interface ReceivedMessage extends Content {
  user_id: WireUserId;
  username: string;
  is_edited: boolean;
  is_deleted: boolean;
}

interface PrivateMessage extends Content {
  sender_id: WireUserId;
  sender_username: string;
  is_read: boolean;
}

interface LastMessage {
  id: string;
  content: string;
  user_id: WireUserId;
  username: string;
  timestamp: number;
}

interface User {
  user_id: WireUserId;
  username: string;
}

/** What the server sends: type → data. */
export interface ServerFrames {
  auth_success: User & { roles: string[]; permissions: string[]; session_id: string };
  auth_error: { error: string; message: string; code: 401 };
  room_joined: {
    room_id: RoomName;
    room_name: string;
    room_type: ConversationType;
    users_online: number;
    last_message: LastMessage | null;
    /** Where messages after a last one were asked for: whether there are more than followed. */
    has_more?: boolean;
  };
  room_left: { room_id: RoomName };
  message_received: ReceivedMessage;
  message_updated: ReceivedMessage;
  private_message: PrivateMessage;
  /** `isTyping`, too: the document's React component reads it so. */
  typing_indicator: User & { room_id: RoomName; is_typing: boolean; isTyping: boolean };
  read_receipt: { room_id: RoomName; message_id: string; user_id: WireUserId; timestamp: number };
  file_download: {
    file_id: string;
    url: string;
    file_name: string;
    mime_type: string;
    /** Bytes. */
    size: number;
    width?: number;
    height?: number;
    /** Seconds. */
    duration?: number;
    thumbnail_url?: string;
  };
  report_received: { report_id: string; message_id: string };
  /** `room_id`: null for everywhere. */
  moderation_action: User & { moderator_id: WireUserId; room_id: RoomName; reason: string } & (
      | { action: 'message_deleted'; message_id: string }
      /** Not stored: it has no id, and the rules are nobody's. */
      | { action: 'message_rejected'; message_id: null }
      | {
          action: 'user_banned' | 'user_muted' | 'user_kicked' | 'user_unbanned' | 'user_unmuted';
          /** Of a ban or a mute: `permanent`, `1h`, `24h`, `7d`, else minutes as `<n>m`. */
          duration?: string;
        }
    );
  user_online: User;
  user_offline: User;
  error: {
    code: number;
    error_type: string;
    message: string;
    details?: string;
    fields?: readonly { field: string; rules: readonly string[] }[];
    /** Seconds. */
    retry_after?: number;
    suggestion: string;
  };
  ping: Record<string, never>;
  pong: Record<string, never>;
}

/** What a handler answers with: a frame but for its place in time. */
export type Answer = {
  [T in keyof ServerFrames]: {
    readonly type: T;
    readonly data: ServerFrames[T];
    /** One of its own where the frame is about a message. */
    readonly id?: string;
  };
}[keyof ServerFrames];
