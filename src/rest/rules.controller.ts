import { Body, Get, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Identity } from '../core/model/identity.js';
import { RehearsalService } from '../core/rehearsal.service.js';
import { RulesService } from '../core/rules.service.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { rulesView } from './rest.presenter.js';
import { StrictRestController } from './rest-controller.js';
import { DryRunBody, rulesOf, RulesBody } from './rules.schemas.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@StrictRestController('moderation/rules')
export class RulesController {
  constructor(
    private readonly rules: RulesService,
    private readonly rehearsal: RehearsalService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The automatic rules. Moderators.' })
  async get(@Caller() identity: Identity) {
    return rulesView(await this.rules.get(identity));
  }

  @Put()
  @ApiOperation({
    summary: 'Replace the automatic rules; they hold at once. Moderators.',
    description: 'What is left out is off.',
  })
  @ApiResponse({ status: 409, description: 'They are no longer of that `version`.' })
  async replace(@Caller() identity: Identity, @Body() { version, ...document }: RulesBody) {
    const rules = rulesOf(document);
    return rulesView(await this.rules.replace(identity, rules, version ?? null));
  }

  @Post('dry-run')
  @HttpCode(200)
  @ApiOperation({
    summary: 'What these rules would have refused of the newest messages. Moderators.',
    description: 'Nothing is changed. Slow mode is not looked at.',
  })
  async dryRun(@Caller() identity: Identity, @Body() { rules, conversationId, limit }: DryRunBody) {
    const range = { conversation: conversationId ?? null, limit };
    return this.rehearsal.rehearse(identity, rulesOf(rules), range);
  }
}
