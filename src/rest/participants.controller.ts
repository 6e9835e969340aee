import { Delete, Get, HttpCode, Param, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DirectoryService } from '../core/directory.service.js';
import type { Identity } from '../core/model/identity.js';
import { ParticipantsService } from '../core/participants.service.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { participantView } from './rest.presenter.js';
import { PageQuery } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

@ApiTags('participants')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('conversations/:id/participants')
export class ParticipantsController {
  constructor(
    private readonly directory: DirectoryService,
    private readonly participants: ParticipantsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who takes part.' })
  async list(@Caller() identity: Identity, @Param('id') ref: string, @Query() query: PageQuery) {
    const id = await this.directory.resolve(ref, identity);
    const { items, nextCursor } = await this.participants.list(identity, id, query);
    return { items: items.map(participantView), nextCursor };
  }

  @Put(':userId')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Add a user. Owner and moderators; anyone, oneself, where it is public.',
  })
  async add(
    @Caller() identity: Identity,
    @Param('id') ref: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    const id = await this.directory.resolve(ref, identity);
    await this.participants.add(identity, id, userId);
  }

  @Delete(':userId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a user, or oneself. Reception has ended when this answers.' })
  async remove(
    @Caller() identity: Identity,
    @Param('id') ref: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    const id = await this.directory.resolve(ref, identity);
    await this.participants.remove(identity, id, userId);
  }
}
