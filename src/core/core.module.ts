import { Module } from '@nestjs/common';
import { BansService } from './bans.service.js';
import { ContentJudge } from './content-judge.service.js';
import { BlocksService } from './blocks.service.js';
import { ConversationsService } from './conversations.service.js';
import { DirectoryService } from './directory.service.js';
import { KicksService } from './kicks.service.js';
import { MentionsService } from './mentions.service.js';
import { MessageChangesService } from './message-changes.service.js';
import { MessagesService } from './messages.service.js';
import { ModerationService } from './moderation.service.js';
import { NotificationsService } from './notifications.service.js';
import { PacingService } from './pacing.service.js';
import { ParticipantsService } from './participants.service.js';
import { PermissionsService } from './permissions.service.js';
import { ReactionsService } from './reactions.service.js';
import { ReceiptsService } from './receipts.service.js';
import { ReportQueueService } from './report-queue.service.js';
import { ReportsService } from './reports.service.js';
import { RevocationsService } from './revocations.service.js';
import { RolePolicy } from './role-policy.js';
import { RehearsalService } from './rehearsal.service.js';
import { RulesService } from './rules.service.js';
import { SanctionsService } from './sanctions.service.js';
import { SlowModes } from './slow-modes.service.js';
import { TypingService } from './typing.service.js';
import { UploadsService } from './uploads.service.js';
import { UsersService } from './users.service.js';
import { VideosService } from './videos.service.js';
import { VisitorsService } from './visitors.service.js';

const services = [
  BansService,
  ContentJudge,
  BlocksService,
  ConversationsService,
  DirectoryService,
  KicksService,
  MentionsService,
  MessageChangesService,
  MessagesService,
  ModerationService,
  NotificationsService,
  PacingService,
  ParticipantsService,
  PermissionsService,
  ReactionsService,
  ReceiptsService,
  RehearsalService,
  ReportQueueService,
  ReportsService,
  RevocationsService,
  RolePolicy,
  RulesService,
  SanctionsService,
  SlowModes,
  TypingService,
  UploadsService,
  UsersService,
  VideosService,
  VisitorsService,
];

/** The domain. Its ports are provided by the global modules of persistence, realtime and limits. */
@Module({ providers: services, exports: services })
export class CoreModule {}
