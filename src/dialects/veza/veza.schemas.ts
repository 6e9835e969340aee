import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { LIMITS } from '../../core/core.limits.js';
import type { MessageId } from '../../core/model/message.js';
import { AreUserRefs, IsConversationRef, IsUserRef, rule } from '../../validation/rules.js';

const MESSAGE_REF = /^(?:msg_)?([1-9]\d{0,15})$/;
const MAX_MIME_TYPE = 100;
const MAX_FILE_NAME = 1_024;

export const SENDABLE = ['text', 'image', 'voice', 'video', 'file', 'audio'] as const;

/** The id in `msg_12`, `"12"` or `12`; null in anything else. */
export function messageId(ref: unknown): MessageId | null {
  if (typeof ref !== 'string' && typeof ref !== 'number') return null;
  const id = Number(MESSAGE_REF.exec(String(ref))?.[1]);
  return Number.isSafeInteger(id) ? id : null;
}

const IsMessageRef = () =>
  rule('isMessageRef', 'must be a message_id', (value) => messageId(value) !== null);

export class EmptyData {}

export class AuthData {
  @IsString()
  token!: string;
}

export class RoomData {
  @IsConversationRef()
  room_id!: number | string;
}

export class JoinRoomData extends RoomData {
  /** The last message the client has: what came after it follows. */
  @IsOptional()
  @IsMessageRef()
  last_message_id?: number | string;
}

export class MessageData {
  /** May be left out where `recipient_id` says it. */
  @IsOptional()
  @IsConversationRef()
  room_id?: number | string;

  @IsOptional()
  @IsUserRef()
  recipient_id?: number | string;

  @IsOptional()
  @IsBoolean()
  is_private?: boolean;

  @IsString()
  content!: string;

  @IsOptional()
  @IsIn(SENDABLE)
  message_type?: (typeof SENDABLE)[number];

  @IsOptional()
  @IsMessageRef()
  reply_to?: number | string;

  /** Ids or usernames. */
  @IsOptional()
  @AreUserRefs(LIMITS.mentions)
  mentions?: (number | string)[];

  /** URLs, or what `file_download` gave as `url` or `file_id`. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LIMITS.attachments)
  @IsString({ each: true })
  attachments?: string[];

  /** The envelope's: makes sending again safe. */
  @IsOptional()
  @IsString()
  id?: string;
}

export class ReadReceiptData {
  @IsMessageRef()
  message_id!: number | string;
}

export class ReportData {
  @IsMessageRef()
  message_id!: number | string;

  @IsString()
  reason!: string;

  @IsOptional()
  @IsString()
  details?: string;
}

export class FileUploadData extends RoomData {
  @IsString()
  @MaxLength(MAX_FILE_NAME)
  file_name!: string;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_MIME_TYPE)
  mime_type?: string;

  /** Base64, or the data URL that browsers make of a file. */
  @IsString()
  content!: string;
}
