import { Body, Get, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BearerGuard, Caller } from '../auth/caller.js';
import type { Identity } from '../core/model/identity.js';
import { toUserId } from '../core/model/wire-ids.js';
import { RevocationsService } from '../core/revocations.service.js';
import { revocationView } from './rest.presenter.js';
import { PageQuery } from './rest.schemas.js';
import { StrictRestController } from './rest-controller.js';
import { RevokeTokensBody } from './revocations.schemas.js';

@ApiTags('auth')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@StrictRestController('auth/revocations')
export class RevocationsController {
  constructor(private readonly revocations: RevocationsService) {}

  @Post()
  @ApiOperation({
    summary: 'Take back one token, or those of a user. Admin.',
    description: 'Once it is answered they are good for nothing; their sockets are closed.',
  })
  async revoke(@Caller() identity: Identity, @Body() body: RevokeTokensBody) {
    const { jti, userId = null, before, expiresAt, reason } = body;
    const revocation = await this.revocations.revoke(identity, {
      tokenId: jti,
      userId: userId === null ? null : toUserId(userId),
      before: instantOf(before),
      expiresAt: instantOf(expiresAt),
      reason,
    });
    return revocationView(revocation);
  }

  @Get()
  @ApiOperation({ summary: 'What was revoked, newest first. Admin.' })
  async list(@Caller() identity: Identity, @Query() { cursor, limit }: PageQuery) {
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await this.revocations.list(identity, page);
    return { items: items.map(revocationView), nextCursor };
  }
}

const instantOf = (text: string | null | undefined): Date | null =>
  typeof text === 'string' ? new Date(text) : null;
