import { Body, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { ReportsService } from '../core/reports.service.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { reportView } from './rest.presenter.js';
import { ReportsQuery, ResolveReportBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('moderation')
export class ModerationController {
  constructor(private readonly reports: ReportsService) {}

  @Get('reports')
  @ApiOperation({ summary: 'The queue of reported messages, oldest first. Moderators.' })
  async list(@Caller() identity: Identity, @Query() { status, cursor, limit }: ReportsQuery) {
    const { items, nextCursor } = await this.reports.list(identity, {
      isOpen: status === 'open',
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    return { items: items.map(reportView), nextCursor };
  }

  @Post('reports/:id/resolve')
  @HttpCode(200)
  @ApiOperation({ summary: 'Dismiss a report, or remove the message. Moderators.' })
  async resolve(
    @Caller() identity: Identity,
    @Param('id') ref: string,
    @Body() body: ResolveReportBody,
  ) {
    const id = /^[1-9]\d{0,9}$/.test(ref) ? Number(ref) : NaN;
    if (!(id <= 2 ** 31 - 1)) throw new ChatError('MESSAGE_NOT_FOUND', { text: NO_REPORT });
    return reportView(await this.reports.resolve(identity, id, body));
  }
}

const NO_REPORT = 'There is no such report.';
