import { Module, type DynamicModule } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { BlocksController } from './blocks.controller.js';
import { ConversationsController } from './conversations.controller.js';
import { DevTokensController, DEVELOPMENT_SECRET } from './dev-tokens.controller.js';
import { MessagesController } from './messages.controller.js';
import { ParticipantsController } from './participants.controller.js';
import { ModerationController } from './moderation.controller.js';
import { RevocationsController } from './revocations.controller.js';
import { SanctionsController } from './sanctions.controller.js';
import { RulesController } from './rules.controller.js';
import { UploadsController } from './uploads.controller.js';
import { UsersController } from './users.controller.js';
import { VideosController } from './videos.controller.js';

@Module({})
export class RestModule {
  /** With the development secret there is also `POST /dev/tokens`. */
  static with(developmentSecret: string | null): DynamicModule {
    const isDevelopment = developmentSecret !== null;
    return {
      module: RestModule,
      imports: [CoreModule],
      controllers: [
        ConversationsController,
        ParticipantsController,
        MessagesController,
        UploadsController,
        ModerationController,
        RevocationsController,
        SanctionsController,
        RulesController,
        UsersController,
        BlocksController,
        VideosController,
        ...(isDevelopment ? [DevTokensController] : []),
      ],
      providers: isDevelopment
        ? [{ provide: DEVELOPMENT_SECRET, useValue: developmentSecret }]
        : [],
    };
  }
}
