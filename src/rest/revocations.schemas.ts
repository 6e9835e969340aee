import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { LIMITS } from '../core/core.limits.js';
import { IsInstant, IsUserRef } from '../validation/rules.js';

/** One of `jti` and `userId`; which of the others goes with which, the core says. */
export class RevokeTokensBody {
  @ApiPropertyOptional({
    type: String,
    maxLength: LIMITS.tokenIdLength,
    description: 'The `jti` of one token; this, or `userId`',
  })
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.tokenIdLength)
  jti?: string | null;

  @ApiPropertyOptional({ type: String, description: 'All tokens of this user until `before`' })
  @IsOptional()
  @IsUserRef()
  userId?: number | string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'With `userId`: tokens issued until then; not in the future. Default: now',
  })
  @IsOptional()
  @IsInstant()
  before?: string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'With `jti`: when the token expires anyway, and this is forgotten',
  })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  @ApiPropertyOptional({ type: String, maxLength: LIMITS.revocationReasonLength })
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.revocationReasonLength)
  reason?: string | null;
}
