import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { LIMITS } from '../core/core.limits.js';
import { CONVERSATION_TYPES, type ConversationType } from '../core/model/conversation.js';
import { SENDABLE_TYPES, type MessageType } from '../core/model/message.js';
import { AreUserRefs, IsMessageId, IsPageLimit, IsSeq, IsUserRef } from '../validation/rules.js';

export class CreateConversationBody {
  @ApiProperty({
    enum: CONVERSATION_TYPES,
    description: '`live` ends after the last who is in it; it waits an hour for the first',
  })
  @IsIn(CONVERSATION_TYPES)
  type!: ConversationType;

  @ApiPropertyOptional({ maxLength: LIMITS.titleLength })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.titleLength)
  title?: string;

  @ApiPropertyOptional({ description: 'a-z, 0-9, _ and -; lower-cased; not all digits' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  slug?: string;

  @ApiPropertyOptional({ type: [String], description: 'Users besides the caller' })
  @IsOptional()
  @AreUserRefs(LIMITS.participantsPerRequest)
  participantIds?: (number | string)[];

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  allowAnonymous?: boolean;

  @ApiPropertyOptional({ minimum: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  maxParticipants?: number;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: LIMITS.slowModeSeconds,
    description: 'Seconds that a user waits between two messages; 0 for none',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMITS.slowModeSeconds)
  slowModeSeconds?: number;
}

export class UpdateConversationBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: LIMITS.titleLength })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.titleLength)
  title?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  slug?: string | null;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  allowAnonymous?: boolean;

  @ApiPropertyOptional({ type: Number, nullable: true, minimum: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  maxParticipants?: number | null;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: LIMITS.slowModeSeconds,
    description: 'Seconds that a user waits between two messages; 0 for none',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMITS.slowModeSeconds)
  slowModeSeconds?: number;
}

export class PageQuery {
  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: LIMITS.pageSize, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsPageLimit()
  limit = 50;
}

export class MessagesQuery {
  @ApiPropertyOptional({ description: 'Messages with a lower seq, the newest of them' })
  @IsOptional()
  @Type(() => Number)
  @IsSeq()
  before?: number;

  @ApiPropertyOptional({ description: 'Messages with a higher seq, the oldest of them' })
  @IsOptional()
  @Type(() => Number)
  @IsSeq()
  after?: number;

  @ApiPropertyOptional({ minimum: 1, maximum: LIMITS.pageSize, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsPageLimit()
  limit = 50;
}

export class SendMessageBody {
  @ApiProperty()
  @IsString()
  content!: string;

  @ApiPropertyOptional({ enum: SENDABLE_TYPES, default: 'text' })
  @IsOptional()
  @IsIn(SENDABLE_TYPES)
  type?: MessageType;

  @ApiPropertyOptional({ type: [String], maxItems: LIMITS.attachments })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  attachments?: string[];

  @ApiPropertyOptional({ description: 'Id of a message of the same conversation' })
  @IsOptional()
  @IsMessageId()
  replyTo?: number;

  @ApiPropertyOptional({ type: [String], maxItems: LIMITS.mentions })
  @IsOptional()
  @AreUserRefs(LIMITS.mentions)
  mentions?: (number | string)[];

  @ApiPropertyOptional({ maxLength: LIMITS.clientMessageIdLength })
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.clientMessageIdLength)
  clientMessageId?: string;
}

export class PutUserBody {
  @ApiProperty({ maxLength: LIMITS.usernameLength })
  @IsString()
  @Matches(/\S/, { message: 'must not be blank' })
  @MaxLength(LIMITS.usernameLength)
  username!: string;
}

export class PutVideoBody {
  @ApiProperty({ maxLength: LIMITS.titleLength })
  @IsString()
  @Matches(/\S/, { message: 'must not be blank' })
  @MaxLength(LIMITS.titleLength)
  title!: string;
}

export class DevTokenBody {
  @ApiProperty({ type: String, example: '1' })
  @IsUserRef()
  sub!: number | string;

  @ApiPropertyOptional({ example: 'alice' })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.usernameLength)
  username?: string;

  @ApiPropertyOptional({ type: [String], example: ['user'] })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  roles?: string[];
}
