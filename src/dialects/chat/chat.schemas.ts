import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { LIMITS } from '../../core/core.limits.js';
import { SENDABLE_TYPES, type MessageType } from '../../core/model/message.js';
import { MODERATION_COMMANDS, type ModerationCommand } from '../../core/moderation.service.js';
import {
  AreUserRefs,
  IsConversationRef,
  IsMessageId,
  IsPageLimit,
  IsSeq,
  IsUserRef,
} from '../../validation/rules.js';

export class ConversationPayload {
  @IsConversationRef()
  conversationId!: number | string;
}

export class JoinPayload extends ConversationPayload {
  /** The last `seq` seen: the ack brings what came after it. */
  @IsOptional()
  @IsSeq()
  afterSeq?: number;
}

export class ListPayload {
  @IsOptional()
  @IsString()
  @MaxLength(500)
  cursor?: string;

  @IsOptional()
  @IsPageLimit()
  limit?: number;
}

export class HistoryPayload extends ConversationPayload {
  @IsOptional()
  @IsSeq()
  before?: number;

  @IsOptional()
  @IsSeq()
  after?: number;

  @IsOptional()
  @IsPageLimit()
  limit?: number;
}

export class SendPayload extends ConversationPayload {
  @IsString()
  content!: string;

  @IsOptional()
  @IsIn(SENDABLE_TYPES)
  type?: MessageType;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  attachments?: string[];

  @IsOptional()
  @IsMessageId()
  replyTo?: number;

  @IsOptional()
  @AreUserRefs(LIMITS.mentions)
  mentions?: (number | string)[];

  @IsOptional()
  @IsString()
  @Length(1, LIMITS.clientMessageIdLength)
  clientMessageId?: string;
}

export class MessagePayload {
  @IsMessageId()
  messageId!: number;
}

export class EditPayload extends MessagePayload {
  @IsString()
  content!: string;
}

export class ReactionPayload extends MessagePayload {
  @IsString()
  emoji!: string;
}

export class ReportPayload extends MessagePayload {
  @IsString()
  reason!: string;

  @IsOptional()
  @IsString()
  details?: string;
}

export class TypingPayload extends ConversationPayload {
  @IsBoolean()
  isTyping!: boolean;
}

export class UserPayload {
  @IsUserRef()
  userId!: number | string;
}

export class ModerationPayload extends UserPayload {
  @IsIn(MODERATION_COMMANDS)
  action!: ModerationCommand;

  /** Everywhere where it is absent. */
  @IsOptional()
  @IsConversationRef()
  conversationId?: number | string;

  /** 0, or absent: no end. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMITS.sanctionMinutes)
  durationMinutes?: number;

  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.reasonLength)
  reason?: string;
}

export class RefreshPayload {
  @IsString()
  token!: string;
}
