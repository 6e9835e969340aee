import { Body, Delete, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ChatError } from '../core/core.errors.js';
import { DirectoryService } from '../core/directory.service.js';
import { MessageChangesService } from '../core/message-changes.service.js';
import { MessagesService } from '../core/messages.service.js';
import type { Identity } from '../core/model/identity.js';
import { toUserId } from '../core/model/wire-ids.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { messageView } from './rest.presenter.js';
import { MessagesQuery, SendMessageBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

@ApiTags('messages')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController()
export class MessagesController {
  constructor(
    private readonly directory: DirectoryService,
    private readonly messages: MessagesService,
    private readonly changes: MessageChangesService,
  ) {}

  @Get('conversations/:id/messages')
  @ApiOperation({ summary: 'Messages, oldest first; without bounds the newest ones.' })
  async history(
    @Caller() identity: Identity,
    @Param('id') ref: string,
    @Query() { before, after, limit }: MessagesQuery,
  ) {
    const id = await this.directory.resolve(ref, identity);
    const { messages, hasMore } = await this.messages.history(identity, id, {
      limit,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
    return { items: messages.map(messageView), hasMore };
  }

  @Post('conversations/:id/messages')
  @ApiOperation({ summary: 'Send a message, as `message:send` does.' })
  @ApiResponse({ status: 201, description: 'Committed. `duplicate` for a repeated client id.' })
  async send(
    @Caller() identity: Identity,
    @Param('id') ref: string,
    @Body() { mentions, ...body }: SendMessageBody,
  ) {
    const request = { ...body, conversation: ref, mentions: mentions?.map(toUserId) };
    // One user's sends count together, whether they come by socket or over HTTP.
    const { message, isDuplicate } = await this.messages.send(identity, request, 'chat');
    return { message: messageView(message), ...(isDuplicate && { duplicate: true }) };
  }

  @Delete('messages/:id')
  @ApiOperation({ summary: 'Delete a message. Its author, or a moderator.' })
  async delete(@Caller() identity: Identity, @Param('id') ref: string) {
    const id = /^[1-9]\d{0,15}$/.test(ref) ? Number(ref) : NaN;
    if (!Number.isSafeInteger(id)) throw new ChatError('MESSAGE_NOT_FOUND');
    return { message: messageView(await this.changes.delete(identity, id)) };
  }
}
