import {
  createParamDecorator,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';
import { BansService } from '../core/bans.service.js';
import { ChatError } from '../core/core.errors.js';
import { isAdmin, type Identity } from '../core/model/identity.js';
import { SendLimiter } from '../core/ports/send-limiter.js';
import { UsersService } from '../core/users.service.js';
import { bearerToken } from './credentials.js';
import { TokenCheck } from './token-check.js';

const callers = new WeakMap<Request, Identity>();
/** A GraphQL request may ask for several things, each behind the guard: it is one, let in or not. */
const counted = new WeakMap<Request, Promise<void>>();

/** The name by which the limiter counts requests. */
const REQUESTS = 'rest';

/** Of GraphQL's resolvers the request is in the context, the third of their arguments. */
const requestOf = (context: ExecutionContext): Request =>
  context.getType<'http' | 'graphql'>() === 'graphql'
    ? context.getArgByIndex<{ req: Request }>(2).req
    : context.switchToHttp().getRequest<Request>();

/** Lets in requests with a valid bearer token; the user is known from then on. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenCheck,
    private readonly users: UsersService,
    private readonly bans: BansService,
    private readonly limiter: SendLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    const identity = await this.tokens.verify(this.tokenOf(request), request.ip ?? '');
    await this.count(request, identity);
    await this.bans.assertMayComeIn(identity.userId);
    await this.users.meet(identity);
    callers.set(request, identity);
    return true;
  }

  protected tokenOf({ headers }: Request): unknown {
    return bearerToken(headers.authorization);
  }

  private count(request: Request, { userId }: Identity): Promise<void> {
    const known = counted.get(request);
    if (known) return known;
    const counting = this.limiter.take(REQUESTS, userId);
    counted.set(request, counting);
    return counting;
  }
}

/** As `BearerGuard`, for what an `<img>` or an `<audio>` fetches, which send no header: `?token=`. */
@Injectable()
export class BearerOrQueryGuard extends BearerGuard {
  protected override tokenOf(request: Request): unknown {
    return super.tokenOf(request) ?? request.query.token;
  }
}

/** As `BearerGuard`, but lets in who brings no token: see `CallerOrNobody`. */
@Injectable()
export class BearerOrNobodyGuard extends BearerGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const token = this.tokenOf(requestOf(context));
    return token === undefined || super.canActivate(context);
  }
}

/** After `BearerGuard`: administrators only. */
@Injectable()
export class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const identity = callers.get(requestOf(context));
    if (identity && isAdmin(identity)) return true;
    throw new ChatError('PERMISSION_DENIED');
  }
}

/** The identity behind the request's token, null where it has none. */
export const CallerOrNobody = createParamDecorator(
  (_: unknown, context: ExecutionContext): Identity | null =>
    callers.get(requestOf(context)) ?? null,
);

/** The identity behind the request's token. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const identity = callers.get(requestOf(context));
  if (!identity) throw new Error('Caller is only known behind BearerGuard');
  return identity;
});
