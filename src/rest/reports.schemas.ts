import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { LIMITS } from '../core/core.limits.js';
import { RESOLUTIONS, type Resolution } from '../core/model/report.js';
import { IsUserRef } from '../validation/rules.js';
import { SanctionBody } from './moderation.schemas.js';
import { PageQuery } from './rest.schemas.js';

export class ReportsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['open', 'resolved'], default: 'open' })
  @IsOptional()
  @IsIn(['open', 'resolved'])
  status: 'open' | 'resolved' = 'open';

  @ApiPropertyOptional({ description: "A moderator's id; `me`; `none` for what nobody looks into" })
  @IsOptional()
  @IsUserRef()
  assignedTo?: string;

  @ApiPropertyOptional({ description: 'Also one that is gone' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  conversationId?: number;
}

export class AssignReportBody {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'A moderator; the caller where it is absent; null frees the report',
  })
  @IsOptional()
  @IsUserRef()
  userId?: number | string | null;
}

/** In the conversation of the message, or everywhere. */
export class AuthorSanctionBody extends OmitType(SanctionBody, ['userId', 'conversationId']) {
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean()
  everywhere?: boolean;
}

export class ResolveReportBody {
  @ApiProperty({
    enum: RESOLUTIONS,
    description: '`removed` deletes the message; `sanctioned` needs a `sanction`',
  })
  @IsIn(RESOLUTIONS)
  resolution!: Resolution;

  @ApiPropertyOptional({ maxLength: LIMITS.reportDetailsLength })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.reportDetailsLength)
  note?: string;

  @ApiPropertyOptional({ type: AuthorSanctionBody, description: 'What is done to the author' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AuthorSanctionBody)
  sanction?: AuthorSanctionBody;
}
