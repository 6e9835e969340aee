import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { LIMITS } from '../core/core.limits.js';
import { AUDIT_ACTIONS, type AuditAction } from '../core/model/audit.js';
import { IsConversationRef, IsUserRef } from '../validation/rules.js';
import { PageQuery } from './rest.schemas.js';

/** What lasts is lifted by `DELETE /moderation/sanctions/:id`. */
const MEASURES = ['ban', 'mute', 'shadow', 'kick'] as const;

export class SanctionBody {
  @ApiProperty({ enum: MEASURES })
  @IsIn(MEASURES)
  action!: (typeof MEASURES)[number];

  @ApiProperty({ type: String, example: '5' })
  @IsUserRef()
  userId!: number | string;

  @ApiPropertyOptional({ type: String, description: 'Id or slug; everywhere where it is absent' })
  @IsOptional()
  @IsConversationRef()
  conversationId?: number | string | null;

  @ApiPropertyOptional({ maximum: LIMITS.sanctionMinutes, description: '0, or absent: no end' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LIMITS.sanctionMinutes)
  durationMinutes?: number;

  @ApiPropertyOptional({ maxLength: LIMITS.reasonLength })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.reasonLength)
  reason?: string;
}

export class SanctionsQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.userIdLength)
  userId?: string;

  @ApiPropertyOptional({ type: String, description: 'Id or slug' })
  @IsOptional()
  @IsConversationRef()
  conversationId?: string;
}

export class AuditQueryParameters extends PageQuery {
  @ApiPropertyOptional({ description: 'Who did it' })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.userIdLength)
  actorId?: string;

  @ApiPropertyOptional({ description: 'Whom it was done to' })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.userIdLength)
  userId?: string;

  @ApiPropertyOptional({ description: 'Also one that is gone' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  conversationId?: number;

  @ApiPropertyOptional({ enum: AUDIT_ACTIONS })
  @IsOptional()
  @IsIn(AUDIT_ACTIONS)
  action?: AuditAction;
}
