import { Body, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Identity, UserId } from '../core/model/identity.js';
import { toUserId } from '../core/model/wire-ids.js';
import { ReportQueueService } from '../core/report-queue.service.js';
import { ReportsService } from '../core/reports.service.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { reportInContextView, reportView } from './reports.presenter.js';
import {
  AssignReportBody,
  AuthorSanctionBody,
  ReportsQuery,
  ResolveReportBody,
} from './reports.schemas.js';
import { RestController } from './rest-controller.js';
import { rowId } from './row-id.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('moderation/reports')
export class ModerationController {
  constructor(
    private readonly reports: ReportsService,
    private readonly queue: ReportQueueService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The queue of reported messages, oldest first. Moderators.' })
  async list(
    @Caller() identity: Identity,
    @Query() { status, assignedTo, ...query }: ReportsQuery,
  ) {
    const { items, nextCursor } = await this.reports.list(identity, {
      ...query,
      isOpen: status === 'open',
      assignedTo: assignedTo === undefined ? undefined : assigneeOf(assignedTo, identity),
    });
    return { items: items.map(reportView), nextCursor };
  }

  @Get(':id')
  @ApiOperation({
    summary: 'A report with the messages around the reported one, and what is known of its author.',
    description:
      '`context`: the message as it is now, up to 10 before and 10 after it; null where the ' +
      'conversation is gone. `sanctions`: those of the author that hold now. Moderators.',
  })
  async get(@Caller() identity: Identity, @Param('id') id: string) {
    return reportInContextView(await this.reports.getInContext(identity, rowId(id, 'report')));
  }

  @Post(':id/assign')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Have a moderator look into a report, oneself, or nobody any more. Moderators.',
    description: 'What another moderator holds only he gives up, or an administrator.',
  })
  async assign(
    @Caller() identity: Identity,
    @Param('id') id: string,
    @Body() { userId = identity.userId }: AssignReportBody,
  ) {
    const assignee = userId === null ? null : toUserId(userId);
    return reportView(await this.queue.assign(identity, rowId(id, 'report'), assignee));
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Dismiss a report, remove the message, sanction its author. Moderators.',
    description: 'Where the sanction or the removal fails, the report stays open.',
  })
  async resolve(
    @Caller() identity: Identity,
    @Param('id') id: string,
    @Body() { sanction, ...request }: ResolveReportBody,
  ) {
    const measure = sanction && measureOf(sanction);
    const report = await this.queue.resolve(identity, rowId(id, 'report'), {
      ...request,
      sanction: measure,
    });
    return reportView(report);
  }
}

const assigneeOf = (name: string, { userId }: Identity): UserId | null => {
  if (name === 'none') return null;
  return name === 'me' ? userId : name;
};

const measureOf = ({ everywhere: isEverywhere = false, ...measure }: AuthorSanctionBody) => ({
  ...measure,
  isEverywhere,
});
