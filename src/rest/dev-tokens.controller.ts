import { Body, Inject, NotFoundException, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { issueToken } from '../auth/token-issuer.js';
import { DevTokenBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

const LOOPBACK = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;

export const DEVELOPMENT_SECRET = Symbol('DEVELOPMENT_SECRET');

/** Registered in development mode only, where the secret is the service's own. */
@ApiTags('development')
@RestController('dev')
export class DevTokensController {
  constructor(@Inject(DEVELOPMENT_SECRET) private readonly secret: string) {}

  @Post('tokens')
  @ApiOperation({ summary: 'A token for anyone. Development mode and loopback only.' })
  async create(@Req() request: Request, @Body() body: DevTokenBody): Promise<{ token: string }> {
    // The peer's own address, not what a proxy says: a forwarded request is no local one.
    const isForwarded = request.headers['x-forwarded-for'] !== undefined;
    const isLocal = LOOPBACK.test(request.socket.remoteAddress ?? '') && !isForwarded;
    if (!isLocal) throw new NotFoundException();
    return { token: await issueToken(this.secret, body) };
  }
}
