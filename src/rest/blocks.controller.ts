import { Delete, Get, HttpCode, Param, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BlocksService } from '../core/blocks.service.js';
import type { Identity } from '../core/model/identity.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { blockView } from './rest.presenter.js';
import { RestController } from './rest-controller.js';

@ApiTags('users')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('users/me/blocks')
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @Get()
  @ApiOperation({ summary: 'Whom the caller has blocked, oldest first; all on one page.' })
  async list(@Caller() identity: Identity) {
    const blocks = await this.blocks.list(identity);
    return { items: blocks.map(blockView), nextCursor: null };
  }

  @Put(':userId')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Block a user.',
    description:
      'No direct messages pass between the two any more, and nothing that the other does elsewhere ' +
      'is notified to the caller. The other is not told.',
  })
  block(@Caller() identity: Identity, @Param('userId') userId: string): Promise<void> {
    return this.blocks.block(identity, userId);
  }

  @Delete(':userId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Unblock a user.' })
  unblock(@Caller() identity: Identity, @Param('userId') userId: string): Promise<void> {
    return this.blocks.unblock(identity, userId);
  }
}
