import { Inject, Logger, UseFilters, UsePipes } from '@nestjs/common';
import { MessageBody, WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import { ENVIRONMENT } from '../../config/config.module.js';
import type { Environment } from '../../config/environment.js';
import { DirectoryService } from '../../core/directory.service.js';
import { asChatError } from '../../core/core.errors.js';
import type { ConversationId } from '../../core/model/conversation.js';
import type { Identity } from '../../core/model/identity.js';
import { MessagesService, type SentMessage } from '../../core/messages.service.js';
import { ParticipantsService } from '../../core/participants.service.js';
import { PermissionsService } from '../../core/permissions.service.js';
import { TypingService } from '../../core/typing.service.js';
import { JoiningService } from '../../session/joining.service.js';
import { CurrentReply, FromConnection } from '../../transport/parameters.js';
import { PayloadPipe } from '../../transport/payload.pipe.js';
import { subscriberTo } from '../../transport/subscriber.js';
import { Reply } from '../../transport/reply.js';
import { ReplyExceptionFilter } from '../../transport/reply-exception.filter.js';
import { closeWhenIdle } from '../../transport/socket-io/close-when-idle.js';
import { SocketIoAdmission } from '../../transport/socket-io/socket-io-admission.js';
import { SocketIoConnection } from '../../transport/socket-io/socket-io-connection.js';
import { rootDialect } from './root.dialect.js';
import type { ClientEvents, SuccessAck } from './root.events.js';
import { ROOT_NAMESPACE, toMetadata, wireMessage } from './root.presenter.js';
import { MessagePayload, placeOf, TypingPayload, type Place } from './root.schemas.js';

type Handler<N extends keyof ClientEvents> = (
  connection: SocketIoConnection,
  payload: ClientEvents[N]['payload'],
  reply: Reply,
) => Promise<SuccessAck<N>>;

const On = subscriberTo<{ [N in keyof ClientEvents]: Handler<N> }>();

/** `root`: the main namespace of Socket.IO (document 2). There is nothing to join. */
@UseFilters(ReplyExceptionFilter)
@UsePipes(PayloadPipe)
@WebSocketGateway({ namespace: ROOT_NAMESPACE })
export class RootGateway implements OnGatewayInit {
  private readonly logger = new Logger('Root');
  /** Where a connection spoke last, which is where it types. */
  private readonly lastPlaces = new WeakMap<SocketIoConnection, ConversationId>();
  /** Where it said last that it types. */
  private readonly typingPlaces = new WeakMap<SocketIoConnection, ConversationId>();

  constructor(
    private readonly admission: SocketIoAdmission,
    private readonly directory: DirectoryService,
    private readonly participants: ParticipantsService,
    private readonly messages: MessagesService,
    private readonly typing: TypingService,
    private readonly permissions: PermissionsService,
    private readonly joining: JoiningService,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  afterInit(namespace: Namespace): void {
    this.admission.guard(namespace, rootDialect, (identity) => this.enterLobby(identity));
    closeWhenIdle(namespace, this.environment.ROOT_IDLE_TIMEOUT_MS);
  }

  @On('message')
  async send(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() payload: MessagePayload,
    @CurrentReply() reply: Reply,
  ): Promise<SuccessAck<'message'>> {
    const place = placeOf(payload.context ?? {});
    const entered = await this.enterLive(connection, place, reply);
    try {
      const { message, isDuplicate } = await this.say(connection.identity, place, payload);
      this.lastPlaces.set(connection, message.conversationId);
      this.endTyping(connection);
      return {
        success: true,
        message: wireMessage(message),
        ...(isDuplicate && { duplicate: true as const }),
      };
    } catch (error) {
      // Nobody has come in who had nothing to say.
      if (entered !== null) await this.joining.leave(connection, entered);
      throw error;
    }
  }

  @On('typing')
  async type(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() { isTyping, roomId }: TypingPayload,
  ): Promise<SuccessAck<'typing'>> {
    const { identity, id: connectionId } = connection;
    const conversationId =
      roomId !== undefined
        ? await this.directory.resolve(roomId, identity)
        : (this.lastPlaces.get(connection) ?? (await this.directory.lobby()));
    await this.typing.change(identity, connectionId, conversationId, isTyping);
    if (isTyping) this.typingPlaces.set(connection, conversationId);
    return { success: true };
  }

  /**
   * Whoever speaks in a live room is in it from then on: this protocol has no other way in. What
   * else a user may be in, it reads already, or comes to take part in by the message. Returns the
   * room that it came to by this.
   */
  private async enterLive(
    connection: SocketIoConnection,
    { conversation }: Place,
    reply: Reply,
  ): Promise<ConversationId | null> {
    if (conversation === null) return null;
    const id = await this.directory.find(conversation, connection.identity);
    if (id === null || this.joining.isJoined(connection, id)) return null;
    if (!(await this.permissions.isWelcome(connection.identity, id))) return null;
    const { release } = await this.joining.join(connection, id);
    reply.afterwards(release);
    return id;
  }

  private async say(
    identity: Identity,
    { conversation, replyTo }: Place,
    { message: content, context = {}, clientMessageId }: MessagePayload,
  ): Promise<SentMessage> {
    const request = {
      conversation: conversation ?? (await this.directory.lobby()),
      enters: true,
      content,
      replyTo,
      clientMessageId,
      metadata: toMetadata(context),
    };
    return this.messages.send(identity, request, rootDialect.name);
  }

  /** What was typed is sent, wherever it went: a bare `false` would speak of the new place. */
  private endTyping(connection: SocketIoConnection): void {
    const place = this.typingPlaces.get(connection);
    if (place !== undefined) this.typing.end(place, connection.identity.userId);
    this.typingPlaces.delete(connection);
  }

  /** A lobby that is full, or closed to this user, keeps nobody from connecting. */
  private async enterLobby(identity: Identity): Promise<void> {
    try {
      await this.participants.enter(identity, await this.directory.lobby());
    } catch (thrown) {
      const { code } = asChatError(thrown);
      if (code === 'INTERNAL' || code === 'UNAVAILABLE') throw thrown;
      this.logger.debug({ event: 'LOBBY_CLOSED', userId: identity.userId, code });
    }
  }
}
