import { Body, Delete, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DirectoryService } from '../core/directory.service.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { Identity } from '../core/model/identity.js';
import { toUserId } from '../core/model/wire-ids.js';
import { ModerationService } from '../core/moderation.service.js';
import { SanctionsService } from '../core/sanctions.service.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { auditView, moderationView, sanctionView } from './moderation.presenter.js';
import { AuditQueryParameters, SanctionBody, SanctionsQuery } from './moderation.schemas.js';
import { StrictRestController } from './rest-controller.js';
import { rowId } from './row-id.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@StrictRestController('moderation')
export class SanctionsController {
  constructor(
    private readonly moderation: ModerationService,
    private readonly sanctions: SanctionsService,
    private readonly directory: DirectoryService,
  ) {}

  @Get('sanctions')
  @ApiOperation({ summary: 'Sanctions that hold now, newest first. Moderators.' })
  async list(
    @Caller() identity: Identity,
    @Query() { conversationId: ref, userId, cursor, limit }: SanctionsQuery,
  ) {
    const conversationId = (await this.resolve(identity, ref)) ?? undefined;
    const page = await this.sanctions.list(identity, { conversationId, userId, cursor, limit });
    return { items: page.items.map(sanctionView), nextCursor: page.nextCursor };
  }

  @Post('sanctions')
  @ApiOperation({
    summary:
      'Ban, mute, shadow ban or kick a user, in a conversation or everywhere. Moderators mute and ' +
      'kick; the rest takes an administrator, or the owner of the conversation.',
  })
  async apply(@Caller() identity: Identity, @Body() body: SanctionBody) {
    const { action, durationMinutes, reason } = body;
    const conversationId = await this.resolve(identity, body.conversationId);
    const about = { conversationId, userId: toUserId(body.userId) };
    const request = { ...about, action, durationMinutes, reason };
    return moderationView(await this.moderation.act(identity, request));
  }

  @Delete('sanctions/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Lift a sanction before its time.' })
  async lift(@Caller() identity: Identity, @Param('id') id: string): Promise<void> {
    await this.sanctions.liftById(identity, rowId(id, 'sanction'));
  }

  @Get('audit')
  @ApiOperation({ summary: 'Every act of moderation, newest first. Moderators.' })
  async audit(@Caller() identity: Identity, @Query() query: AuditQueryParameters) {
    const { items, nextCursor } = await this.moderation.trail(identity, query);
    return { items: items.map(auditView), nextCursor };
  }

  private async resolve(
    identity: Identity,
    ref: number | string | null | undefined,
  ): Promise<ConversationId | null> {
    // Answers say null for everywhere: so may requests.
    return ref === undefined || ref === null ? null : this.directory.resolve(ref, identity);
  }
}
