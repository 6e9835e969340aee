import type { MessageType } from '../../core/model/message.js';
import type { WireUserId } from '../../core/model/wire-ids.js';
import type { RoomName } from '../../realtime/connection.js';
import type {
  DirectHistoryData,
  DirectMessageData,
  JoinRoomData,
  PingData,
  RoomHistoryData,
  RoomMessageData,
} from './salon.schemas.js';

/** What every message has, wherever it appears. */
export interface WireContent {
  id: number;
  content: string;
  message_type: MessageType;
  created_at: string;
  media_url?: string;
  media_type?: string;
  /** Seconds. */
  duration?: number;
  /** All of them, where there are several. */
  attachments?: readonly string[];
  reply_to?: number;
  reactions?: Record<string, WireUserId[]>;
  client_message_id?: string;
  edited_at?: string;
  deleted_at?: string;
}

interface WireReaction {
  id: null;
  content: string;
  message_type: 'reaction';
  reply_to: number;
  created_at: string;
}

interface InRoom {
  room: RoomName;
  user_id: WireUserId;
  username: string;
}

interface Direct {
  from_user_id: WireUserId;
  from_username: string;
  to_user_id: WireUserId;
}

export type WireHistoryMessage = WireContent & { user_id: WireUserId; username: string };

/** What clients may send: type → data. Every answer is a frame of `ServerFrames`. */
export interface ClientFrames {
  join_room: JoinRoomData;
  room_message: RoomMessageData;
  direct_message: DirectMessageData;
  room_history: RoomHistoryData;
  dm_history: DirectHistoryData;
  ping: PingData;
}

/** What the server sends: type → data. */
export interface ServerFrames {
  join_room_ack: { room: RoomName; success: true; message: string };
  room_message: InRoom & (WireContent | WireReaction);
  direct_message: Direct & (WireContent | WireReaction);
  message_history: ({ room: RoomName } | { with_user: WireUserId }) & {
    messages: WireHistoryMessage[];
    total: number;
    has_more: boolean;
  };
  user_connected: InRoom;
  user_disconnected: InRoom;
  pong: { timestamp: string };
  error: { message: string; code: string; details: Readonly<Record<string, unknown>> };
}

export const BATCH = 'message_batch';
