import {
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { map } from 'rxjs';
import { ChatError } from '../../../src/core/core.errors.js';
import { FromConnection } from '../../../src/transport/parameters.js';
import { RawAdmission } from '../../../src/transport/raw/raw-admission.js';
import { RawConnection } from '../../../src/transport/raw/raw-connection.js';
import type { RawDialect, RawRequest } from '../../../src/transport/raw/raw-dialect.js';
import type { RawRoute } from '../../../src/transport/raw/raw-route.js';
import { ReplyExceptionFilter } from '../../../src/transport/reply-exception.filter.js';

type Data = Record<string, unknown>;

const frame = (type: string, data: unknown) => JSON.stringify({ type, data });
const nothing = { roomEvent: () => null, presence: () => null, notification: () => null };

/** A dialect that says in each failure which room's URL its client connected to. */
const dialectOf = (room: string | undefined): RawDialect => ({
  name: 'live',
  present: nothing,
  framePrefix: room ?? '',
  presence: 'online',
  joinsByItself: () => false,
  requests: (value) => {
    const { type, data } = value as { type: string; data: unknown };
    return [{ event: type, payload: data }];
  },
  failure: ({ code }, request: RawRequest | null) =>
    frame('error', { code, event: request?.event, room }),
  answer: String,
  mayOverlap: () => false,
});

@Injectable()
class OnlyPolite implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { word } = context.switchToWs().getData<Data>();
    if (word !== 'rude') return true;
    throw new ChatError('PERMISSION_DENIED');
  }
}

@Injectable()
class Uppercase implements PipeTransform {
  transform(value: unknown): unknown {
    const { word } = (value ?? {}) as Data;
    return typeof word === 'string' ? { word: word.toUpperCase() } : value;
  }
}

@Injectable()
class Stamped implements NestInterceptor<unknown, string> {
  intercept(_: ExecutionContext, next: CallHandler<Data>) {
    return next.handle().pipe(map((answer) => frame('echo', { ...answer, isStamped: true })));
  }
}

/** A gateway with everything that Nest lets a gateway have. */
@UseFilters(ReplyExceptionFilter)
@UseGuards(OnlyPolite)
@UsePipes(Uppercase)
@UseInterceptors(Stamped)
@WebSocketGateway({ path: '/test/:room' })
export class EchoGateway {
  /** What Nest told it of clients that came and went. */
  readonly visits: string[] = [];

  constructor(private readonly admission: RawAdmission) {}

  afterInit(route: RawRoute): void {
    const options = { subprotocol: 'echo', maxFrameBytes: 1_000 };
    this.admission.guard(route, ({ params }) => dialectOf(params.room), options);
  }

  handleConnection({ identity }: RawConnection): void {
    this.visits.push(`${identity.username} came`);
  }

  handleDisconnect({ identity }: RawConnection): void {
    this.visits.push(`${identity.username} went`);
  }

  @SubscribeMessage('echo')
  echo(@FromConnection() connection: RawConnection, @MessageBody() { word }: Data): Data {
    if (word === 'WRONG') throw new Error('not for the client');
    return { word, user: connection.identity.username, room: connection.dialect.framePrefix };
  }
}
