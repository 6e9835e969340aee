import {
  Body,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ConversationsService } from '../core/conversations.service.js';
import { DirectoryService } from '../core/directory.service.js';
import type { Identity } from '../core/model/identity.js';
import { toUserId } from '../core/model/wire-ids.js';
import type { ConversationChange } from '../core/ports/conversation-store.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { conversationView, summaryView } from './rest.presenter.js';
import { CreateConversationBody, PageQuery, UpdateConversationBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

/** `:id` is an id, a slug, `room_<id>` or `private_<a>_<b>`, as everywhere. */
@ApiTags('conversations')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('conversations')
export class ConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly directory: DirectoryService,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a conversation; the caller becomes its owner.' })
  @ApiResponse({ status: 201, description: 'Created.' })
  @ApiResponse({ status: 200, description: 'The direct conversation of these two exists already.' })
  async create(
    @Caller() identity: Identity,
    @Body() { participantIds, ...body }: CreateConversationBody,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { conversation, isNew } = await this.conversations.create(identity, {
      ...body,
      ...(participantIds && { participantIds: participantIds.map(toUserId) }),
    });
    response.status(isNew ? 201 : 200);
    return conversationView(conversation);
  }

  @Get()
  @ApiOperation({ summary: "The caller's conversations, most recently active first." })
  async list(@Caller() identity: Identity, @Query() query: PageQuery) {
    const { items, nextCursor } = await this.conversations.list(identity, query);
    return { items: items.map(summaryView), nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One conversation.' })
  async get(@Caller() identity: Identity, @Param('id') ref: string) {
    const id = await this.directory.resolve(ref, identity);
    return summaryView(await this.conversations.get(identity, id));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a conversation. Its owner only.' })
  async update(
    @Caller() identity: Identity,
    @Param('id') ref: string,
    @Body() body: UpdateConversationBody,
  ) {
    const id = await this.directory.resolve(ref, identity);
    return conversationView(await this.conversations.update(identity, id, changeOf(body)));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a conversation with its messages. Its owner only.' })
  async delete(@Caller() identity: Identity, @Param('id') ref: string): Promise<void> {
    await this.conversations.delete(identity, await this.directory.resolve(ref, identity));
  }
}

/** The fields that were sent: a field set to null is cleared, one left out is kept. */
const changeOf = ({
  title,
  slug,
  allowAnonymous,
  maxParticipants,
  slowModeSeconds,
}: UpdateConversationBody) =>
  ({
    ...(title !== undefined && { title }),
    ...(slug !== undefined && { slug }),
    ...(typeof allowAnonymous === 'boolean' && { allowAnonymous }),
    ...(maxParticipants !== undefined && { maxParticipants }),
    ...(typeof slowModeSeconds === 'number' && { slowModeSeconds }),
  }) satisfies ConversationChange;
