import {
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { LIMITS } from '../../core/core.limits.js';
import { SENDABLE_TYPES, type MessageType } from '../../core/model/message.js';
import { IsConversationRef, IsMessageId, IsSeq, IsUserRef } from '../../validation/rules.js';

const MAX_MEDIA_TYPE = 100;
const MAX_DURATION_SECONDS = 7 * 24 * 60 * 60;

export const REACTION = 'reaction';

export class PingData {}

export class JoinRoomData {
  @IsConversationRef()
  room!: number | string;
}

class MessageData {
  @IsString()
  content!: string;

  @IsOptional()
  @IsIn([...SENDABLE_TYPES, REACTION])
  message_type?: MessageType | typeof REACTION;

  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.attachmentLength)
  media_url?: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_MEDIA_TYPE)
  media_type?: string;

  /** Seconds. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(MAX_DURATION_SECONDS)
  duration?: number;

  @IsOptional()
  @IsMessageId()
  reply_to?: number;

  /** Makes sending again safe. */
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.clientMessageIdLength)
  client_message_id?: string;
}

export class RoomMessageData extends MessageData {
  @IsConversationRef()
  room!: number | string;
}

export class DirectMessageData extends MessageData {
  @IsUserRef()
  to_user_id!: number | string;
}

class HistoryData {
  /** Clamped to 100. */
  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number;

  /** Counted from the newest message. */
  @IsOptional()
  @IsSeq()
  offset?: number;
}

export class RoomHistoryData extends HistoryData {
  @IsConversationRef()
  room!: number | string;
}

export class DirectHistoryData extends HistoryData {
  @IsUserRef()
  with_user!: number | string;
}
