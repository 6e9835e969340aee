import { Body, Inject, NotFoundException, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { issueToken } from '../auth/token-issuer.js';
import { toUserId } from '../core/model/wire-ids.js';
import { DevTokenBody } from './rest.schemas.js';
import { RestController } from './rest-controller.js';

const LOOPBACK = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const SET_BY_PROXIES = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/**
 * From this machine and by its own name. The peer's address counts, not what a proxy says: a
 * forwarded request is no local one. And a page whose name was made to resolve to 127.0.0.1 (DNS
 * rebinding) still sends that name as `Host`.
 */
const isLocal = ({ headers, socket }: Request): boolean =>
  LOOPBACK.test(socket.remoteAddress ?? '') &&
  LOOPBACK_HOST.test(headers.host ?? '') &&
  SET_BY_PROXIES.every((name) => headers[name] === undefined);

export const DEVELOPMENT_SECRET = Symbol('DEVELOPMENT_SECRET');

/** Registered in development mode only, where the secret is the service's own. */
@ApiTags('development')
@RestController('dev')
export class DevTokensController {
  constructor(@Inject(DEVELOPMENT_SECRET) private readonly secret: string) {}

  @Post('tokens')
  @ApiOperation({ summary: 'A token for anyone. Development mode and loopback only.' })
  async create(
    @Req() request: Request,
    @Body() { sub, username, roles }: DevTokenBody,
  ): Promise<{ token: string }> {
    if (!isLocal(request)) throw new NotFoundException();
    return {
      token: await issueToken(this.secret, {
        sub: toUserId(sub),
        ...(username !== undefined && { username }),
        ...(roles !== undefined && { roles }),
      }),
    };
  }
}
