import { UseFilters, UsePipes } from '@nestjs/common';
import { MessageBody, WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import { DirectoryService } from '../../core/directory.service.js';
import { ChatError } from '../../core/core.errors.js';
import { LIMITS } from '../../core/core.limits.js';
import type { ConversationId } from '../../core/model/conversation.js';
import { slugOfRoom } from '../../core/model/video.js';
import { toUserId } from '../../core/model/wire-ids.js';
import { MessagesService } from '../../core/messages.service.js';
import { SanctionsService } from '../../core/sanctions.service.js';
import { TypingService } from '../../core/typing.service.js';
import { VideosService } from '../../core/videos.service.js';
import { SendingService } from '../../session/sending.service.js';
import { JoiningService } from '../../session/joining.service.js';
import { FromConnection } from '../../transport/parameters.js';
import { PayloadPipe } from '../../transport/payload.pipe.js';
import { RawAdmission, type Entry } from '../../transport/raw/raw-admission.js';
import { RawConnection } from '../../transport/raw/raw-connection.js';
import type { Handshake, RawRoute } from '../../transport/raw/raw-route.js';
import { ReplyExceptionFilter } from '../../transport/reply-exception.filter.js';
import { subscriberTo } from '../../transport/subscriber.js';
import { liveDialect, MAX_FRAME_BYTES } from './live.dialect.js';
import type { ClientFrames } from './live.events.js';
import { chatMessage, frame, welcome } from './live.presenter.js';
import { ChatMessageData, EmptyData, ModerationData } from './live.schemas.js';

/** The frame that answers; null where what everyone gets is answer enough. */
type Answer = Promise<string | null>;
type Handler<T extends keyof ClientFrames> = (
  connection: RawConnection,
  data: ClientFrames[T],
) => Answer;

/** Where a connection's URL leads. */
interface Destination {
  readonly room: string;
  /** Of the room, where it comes to be by this. */
  readonly title: string | null;
}

const On = subscriberTo<{ [N in keyof ClientFrames]: Handler<N> }>();

/** `live`: one room for each connection, named by its URL (document 5). */
@UseFilters(ReplyExceptionFilter)
@UsePipes(PayloadPipe)
abstract class LiveGateway implements OnGatewayInit {
  /** A connection is in one room from its first moment to its last. */
  private readonly rooms = new WeakMap<RawConnection, ConversationId>();

  constructor(
    private readonly admission: RawAdmission,
    private readonly joining: JoiningService,
    private readonly directory: DirectoryService,
    private readonly messages: MessagesService,
    private readonly sending: SendingService,
    private readonly typing: TypingService,
    private readonly sanctions: SanctionsService,
    protected readonly videos: VideosService,
  ) {}

  /** CONVERSATION_NOT_FOUND. */
  protected abstract destinationOf(handshake: Handshake): Promise<Destination>;

  afterInit(route: RawRoute): void {
    this.admission.guard(route, () => liveDialect, {
      maxFrameBytes: MAX_FRAME_BYTES,
      hasVisitors: true,
      enter: (connection, handshake) => this.enter(connection, handshake),
    });
  }

  @On('chat_message')
  async send(
    @FromConnection() connection: RawConnection,
    @MessageBody() { message: content, client_message_id: clientMessageId }: ChatMessageData,
  ): Answer {
    const { message, isHeard } = await this.sending.send(connection, {
      conversation: this.roomOf(connection),
      content,
      maxLength: LIMITS.liveMessageLength,
      clientMessageId,
    });
    return isHeard ? null : chatMessage(message);
  }

  @On('typing_start')
  startTyping(@FromConnection() connection: RawConnection, @MessageBody() _: EmptyData): Answer {
    return this.type(connection, true);
  }

  @On('typing_stop')
  stopTyping(@FromConnection() connection: RawConnection, @MessageBody() _: EmptyData): Answer {
    return this.type(connection, false);
  }

  @On('moderation_action')
  async moderate(
    @FromConnection() connection: RawConnection,
    @MessageBody() { action, target_user_id, duration_minutes }: ModerationData,
  ): Answer {
    await this.sanctions.apply(connection.identity, {
      conversationId: this.roomOf(connection),
      userId: toUserId(target_user_id),
      kind: action,
      durationMinutes: duration_minutes,
    });
    return null;
  }

  @On('ping')
  ping(@FromConnection() _: RawConnection, @MessageBody() _data: EmptyData): Answer {
    return Promise.resolve(frame('pong', {}));
  }

  private async type(connection: RawConnection, isTyping: boolean): Answer {
    const { identity, id } = connection;
    await this.typing.change(identity, id, this.roomOf(connection), isTyping);
    return null;
  }

  private roomOf(connection: RawConnection): ConversationId {
    const room = this.rooms.get(connection);
    if (room === undefined) throw new Error('The connection is in no room');
    return room;
  }

  /** A room may end as somebody comes to it: then there is a new one of that name. */
  private async enter(connection: RawConnection, handshake: Handshake): Promise<Entry> {
    const { room, title } = await this.destinationOf(handshake);
    for (let ended: ConversationId | null = null; ;) {
      const id = await this.directory.resolveOrOpen(room, connection.identity, title);
      if (id === ended) throw new ChatError('CONVERSATION_NOT_FOUND');
      try {
        return await this.join(connection, id, handshake);
      } catch (error) {
        if (!(error instanceof ChatError && error.code === 'CONVERSATION_NOT_FOUND')) throw error;
        this.directory.forget(id);
        ended = id;
      }
    }
  }

  private async join(
    connection: RawConnection,
    id: ConversationId,
    { query }: Handshake,
  ): Promise<Entry> {
    const last = Number(query.get('last_message_id') ?? NaN);
    const afterSeq = await this.seqOf(connection, id, last);
    const joined = await this.joining.join(connection, id, { afterSeq });
    this.rooms.set(connection, id);
    return { welcome: welcome(joined, afterSeq !== undefined), release: joined.release };
  }

  /** Undefined for a message that is not there: the room was another then, of the same name. */
  private async seqOf(connection: RawConnection, room: ConversationId, messageId: number) {
    if (!Number.isSafeInteger(messageId) || messageId < 1) return undefined;
    try {
      return await this.messages.seqIn(connection.identity, room, messageId);
    } catch (error) {
      if (error instanceof ChatError && error.code === 'MESSAGE_NOT_FOUND') return undefined;
      throw error;
    }
  }
}

/** By id or slug; a slug that names nothing yet becomes a room. */
@WebSocketGateway({ path: '/chat/ws/room/:room' })
export class LiveRoomGateway extends LiveGateway {
  protected destinationOf({ params: { room = '' } }: Handshake): Promise<Destination> {
    return Promise.resolve({ room, title: null });
  }
}

/** The room of a registered video. */
@WebSocketGateway({ path: '/chat/ws/video/:video' })
export class LiveVideoGateway extends LiveGateway {
  protected async destinationOf({ params }: Handshake): Promise<Destination> {
    const video = await this.videos.get(params.video ?? '');
    return { room: slugOfRoom(video), title: video.title };
  }
}
