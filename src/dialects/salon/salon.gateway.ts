import { UseFilters, UsePipes } from '@nestjs/common';
import { MessageBody, WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import { DirectoryService } from '../../core/directory.service.js';
import { ChatError } from '../../core/core.errors.js';
import { LIMITS } from '../../core/core.limits.js';
import { directWith } from '../../core/model/conversation-ref.js';
import type { Identity, UserId } from '../../core/model/identity.js';
import { toUserId, wireUserId } from '../../core/model/wire-ids.js';
import {
  MessagesService,
  type CountedPage,
  type SendRequest,
} from '../../core/messages.service.js';
import { ReactionsService } from '../../core/reactions.service.js';
import { SendingService, type Sending } from '../../session/sending.service.js';
import { JoiningService } from '../../session/joining.service.js';
import { CurrentReply, FromConnection } from '../../transport/parameters.js';
import { PayloadPipe } from '../../transport/payload.pipe.js';
import { subscriberTo } from '../../transport/subscriber.js';
import { RawAdmission } from '../../transport/raw/raw-admission.js';
import { RawConnection } from '../../transport/raw/raw-connection.js';
import type { RawRoute } from '../../transport/raw/raw-route.js';
import { ReplyExceptionFilter } from '../../transport/reply-exception.filter.js';
import { Reply } from '../../transport/reply.js';
import { batchingSalonDialect, salonDialect } from './salon.dialect.js';
import type { ClientFrames } from './salon.events.js';
import {
  directMessage,
  directReaction,
  frame,
  historyMessage,
  roomMessage,
  roomReaction,
} from './salon.presenter.js';
import {
  DirectHistoryData,
  DirectMessageData,
  JoinRoomData,
  PingData,
  REACTION,
  RoomHistoryData,
  RoomMessageData,
} from './salon.schemas.js';

const DEFAULT_HISTORY = 50;
const NO_MESSAGES: CountedPage = { messages: [], total: 0, hasMore: false };

/** The frame that answers; null where the message that everyone gets is answer enough. */
type Answer = Promise<string | null>;
type Handler<T extends keyof ClientFrames> = (
  connection: RawConnection,
  data: ClientFrames[T],
  reply: Reply,
) => Answer;

const On = subscriberTo<{ [N in keyof ClientFrames]: Handler<N> }>();

/** `salon`: rooms and direct messages over a raw WebSocket (document 4). */
@UseFilters(ReplyExceptionFilter)
@UsePipes(PayloadPipe)
@WebSocketGateway({ path: '/ws/chat' })
export class SalonGateway implements OnGatewayInit {
  constructor(
    private readonly admission: RawAdmission,
    private readonly joining: JoiningService,
    private readonly directory: DirectoryService,
    private readonly messages: MessagesService,
    private readonly reactions: ReactionsService,
    private readonly sending: SendingService,
  ) {}

  afterInit(route: RawRoute): void {
    this.admission.guard(
      route,
      ({ query }) => (query.get('batch') === '1' ? batchingSalonDialect : salonDialect),
      { subprotocol: 'permessage-deflate', isCompressionAsked: true },
    );
  }

  @On('join_room')
  async join(
    @FromConnection() connection: RawConnection,
    @MessageBody() { room }: JoinRoomData,
    @CurrentReply() reply: Reply,
  ): Answer {
    const id = await this.directory.resolve(room, connection.identity);
    const { release } = await this.joining.join(connection, id, { name: room });
    reply.afterwards(release);
    return frame('join_room_ack', { room, success: true, message: 'Joined room successfully' });
  }

  @On('room_message')
  async sendToRoom(
    @FromConnection() connection: RawConnection,
    @MessageBody() data: RoomMessageData,
  ): Answer {
    const { room } = data;
    if (data.message_type === REACTION) {
      const { messageId, isHeard } = await this.react(connection, room, data);
      return isHeard ? null : roomReaction(room, connection.identity, messageId, data.content);
    }
    const { message, isHeard } = await this.send(connection, room, data);
    return isHeard ? null : roomMessage(room, message);
  }

  @On('direct_message')
  async sendDirect(
    @FromConnection() connection: RawConnection,
    @MessageBody() data: DirectMessageData,
  ): Answer {
    const { identity } = connection;
    const to = other(identity, 'to_user_id', data.to_user_id);
    if (data.message_type === REACTION) {
      const { messageId, isHeard } = await this.react(connection, directWith(to), data);
      return isHeard ? null : directReaction(to, identity, messageId, data.content);
    }
    const { message, isHeard } = await this.send(connection, directWith(to), data);
    return isHeard ? null : directMessage(to, message);
  }

  @On('room_history')
  async roomHistory(
    @FromConnection() { identity }: RawConnection,
    @MessageBody() { room, ...range }: RoomHistoryData,
  ): Answer {
    const id = await this.directory.resolve(room, identity);
    const page = await this.messages.historyFromNewest(identity, id, clamped(range));
    return frame('message_history', { room, ...wirePage(page) });
  }

  @On('dm_history')
  async directHistory(
    @FromConnection() { identity }: RawConnection,
    @MessageBody() { with_user, ...range }: DirectHistoryData,
  ): Answer {
    const withUser = other(identity, 'with_user', with_user);
    const id = await this.directory.findDirect(identity, withUser);
    const page =
      id === null
        ? NO_MESSAGES
        : await this.messages.historyFromNewest(identity, id, clamped(range));
    return frame('message_history', { with_user: wireUserId(withUser), ...wirePage(page) });
  }

  @On('ping')
  ping(@FromConnection() _: RawConnection, @MessageBody() _data: PingData): Answer {
    return Promise.resolve(frame('pong', { timestamp: new Date().toISOString() }));
  }

  private send(
    connection: RawConnection,
    conversation: SendRequest['conversation'],
    data: RoomMessageData | DirectMessageData,
  ): Promise<Sending> {
    const { content, media_url, media_type, duration, reply_to, client_message_id } = data;
    const media = {
      ...(media_type !== undefined && { media_type }),
      ...(duration !== undefined && { duration }),
    };
    return this.sending.send(connection, {
      conversation,
      enters: true,
      content,
      type: data.message_type === REACTION ? undefined : data.message_type,
      attachments: media_url === undefined ? [] : [media_url],
      replyTo: reply_to,
      clientMessageId: client_message_id,
      metadata: Object.keys(media).length > 0 ? { media } : null,
    });
  }

  /** `isHeard` as in `Sending`. */
  private async react(
    connection: RawConnection,
    conversation: SendRequest['conversation'],
    { reply_to: messageId, content: emoji }: RoomMessageData | DirectMessageData,
  ) {
    if (messageId === undefined) throw ChatError.invalid('reply_to', 'must name a message');
    const { identity, dialect } = connection;
    const request = { conversation, messageId, emoji };
    const { isChanged } = await this.reactions.send(identity, request, dialect.name);
    const id = await this.directory.resolve(conversation, identity);
    return { messageId, isHeard: isChanged && this.joining.isJoined(connection, id) };
  }
}

function other(identity: Identity, field: string, ref: number | string): UserId {
  const userId = toUserId(ref);
  if (userId === identity.userId) throw ChatError.invalid(field, 'must be another user');
  return userId;
}

const clamped = ({ limit = DEFAULT_HISTORY, offset = 0 }: { limit?: number; offset?: number }) => ({
  limit: Math.min(limit, LIMITS.pageSize),
  offset,
});

const wirePage = ({ messages, total, hasMore }: CountedPage) => ({
  messages: messages.map(historyMessage),
  total,
  has_more: hasMore,
});
