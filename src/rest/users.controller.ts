import { Body, Get, Param, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChatError } from '../core/core.errors.js';
import { LIMITS } from '../core/core.limits.js';
import { isAdmin, isAnonymous, type Identity } from '../core/model/identity.js';
import { UsersService } from '../core/users.service.js';
import { BearerGuard, Caller } from '../auth/caller.js';
import { userView } from './rest.presenter.js';
import { PutUserBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

@ApiTags('users')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@RestController('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get('me')
  @ApiOperation({ summary: 'The caller.' })
  async me(@Caller() identity: Identity) {
    return { ...userView(await this.users.get(identity.userId)), roles: [...identity.roles] };
  }

  @Put(':id')
  @ApiOperation({
    summary: 'Introduce a user before its first connection, or rename one. Admin, or oneself.',
    description: "A name in the user's token wins at its next connection.",
  })
  async put(
    @Caller() identity: Identity,
    @Param('id') id: string,
    @Body() { username }: PutUserBody,
  ) {
    if (id !== identity.userId && !isAdmin(identity)) throw new ChatError('PERMISSION_DENIED');
    if (id.length > LIMITS.userIdLength || isAnonymous(id)) throw new ChatError('USER_NOT_FOUND');
    return userView(await this.users.introduce(id, username));
  }
}
