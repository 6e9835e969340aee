import { UseFilters, UsePipes } from '@nestjs/common';
import { MessageBody, WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import type { Namespace } from 'socket.io';
import { BlocksService } from '../../core/blocks.service.js';
import { ConversationsService } from '../../core/conversations.service.js';
import { DirectoryService } from '../../core/directory.service.js';
import { toUserId, wireUserId } from '../../core/model/wire-ids.js';
import { MessageChangesService } from '../../core/message-changes.service.js';
import { MessagesService } from '../../core/messages.service.js';
import { ModerationService } from '../../core/moderation.service.js';
import { ReactionsService } from '../../core/reactions.service.js';
import { ReceiptsService } from '../../core/receipts.service.js';
import { ReportsService } from '../../core/reports.service.js';
import { TypingService } from '../../core/typing.service.js';
import { JoiningService } from '../../session/joining.service.js';
import { CurrentReply, FromConnection } from '../../transport/parameters.js';
import { PayloadPipe } from '../../transport/payload.pipe.js';
import { subscriberTo } from '../../transport/subscriber.js';
import { ReplyExceptionFilter } from '../../transport/reply-exception.filter.js';
import { Reply } from '../../transport/reply.js';
import { SocketIoConnection } from '../../transport/socket-io/socket-io-connection.js';
import { SocketIoAdmission } from '../../transport/socket-io/socket-io-admission.js';
import { chatDialect } from './chat.dialect.js';
import type { ClientEvents, SuccessAck } from './chat.events.js';
import {
  CHAT_NAMESPACE,
  wireBlock,
  wireExpiry,
  wireMessage,
  wireModeration,
  wireReactions,
  wireSummary,
} from './chat.presenter.js';
import {
  ConversationPayload,
  EditPayload,
  HistoryPayload,
  JoinPayload,
  ListPayload,
  ModerationPayload,
  MessagePayload,
  ReactionPayload,
  RefreshPayload,
  ReportPayload,
  SendPayload,
  TypingPayload,
  UserPayload,
} from './chat.schemas.js';

const DEFAULT_LIST = 50;
const DEFAULT_HISTORY = 50;

type Handler<N extends keyof ClientEvents> = (
  connection: SocketIoConnection,
  payload: ClientEvents[N]['payload'],
  reply: Reply,
) => Promise<SuccessAck<N>>;

const On = subscriberTo<{ [N in keyof ClientEvents]: Handler<N> }>();

/** `chat`, the primary protocol: Socket.IO namespace `/chat` (document 1). */
@UseFilters(ReplyExceptionFilter)
@UsePipes(PayloadPipe)
@WebSocketGateway({ namespace: CHAT_NAMESPACE })
export class ChatGateway implements OnGatewayInit {
  constructor(
    private readonly admission: SocketIoAdmission,
    private readonly joining: JoiningService,
    private readonly conversations: ConversationsService,
    private readonly directory: DirectoryService,
    private readonly messages: MessagesService,
    private readonly changes: MessageChangesService,
    private readonly reactions: ReactionsService,
    private readonly receipts: ReceiptsService,
    private readonly typing: TypingService,
    private readonly reports: ReportsService,
    private readonly moderation: ModerationService,
    private readonly blocks: BlocksService,
  ) {}

  afterInit(namespace: Namespace): void {
    this.admission.guard(namespace, chatDialect);
  }

  @On('conversation:join')
  async join(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() { conversationId, afterSeq }: JoinPayload,
    @CurrentReply() reply: Reply,
  ): Promise<SuccessAck<'conversation:join'>> {
    const id = await this.directory.resolve(conversationId, connection.identity);
    const joined = await this.joining.join(connection, id, { afterSeq });
    reply.afterwards(joined.release);
    return {
      success: true,
      message: 'You joined the conversation.',
      conversation: wireSummary(joined.summary),
      onlineUsers: joined.onlineUsers.map(wireUserId),
      ...(afterSeq !== undefined && {
        missed: joined.missed.map(wireMessage),
        hasMore: joined.hasMore,
      }),
    };
  }

  @On('conversation:leave')
  async leave(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() { conversationId }: ConversationPayload,
  ): Promise<SuccessAck<'conversation:leave'>> {
    const id = await this.directory.resolve(conversationId, connection.identity);
    await this.joining.leave(connection, id);
    return { success: true, message: 'You left the conversation.' };
  }

  @On('conversation:users:online')
  async usersOnline(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() { conversationId }: ConversationPayload,
  ): Promise<SuccessAck<'conversation:users:online'>> {
    const id = await this.directory.resolve(conversationId, connection.identity);
    const onlineUsers = await this.joining.onlineUsers(connection, id);
    return { success: true, onlineUsers: onlineUsers.map(wireUserId) };
  }

  @On('conversation:list')
  async list(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { cursor, limit = DEFAULT_LIST }: ListPayload,
  ): Promise<SuccessAck<'conversation:list'>> {
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await this.conversations.list(identity, page);
    const conversations = items.map((summary) => ({
      ...wireSummary(summary),
      lastMessage: summary.lastMessage && wireMessage(summary.lastMessage),
    }));
    return { success: true, conversations, nextCursor };
  }

  @On('conversation:history')
  async history(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { conversationId, before, after, limit = DEFAULT_HISTORY }: HistoryPayload,
  ): Promise<SuccessAck<'conversation:history'>> {
    const id = await this.directory.resolve(conversationId, identity);
    const { messages, hasMore } = await this.messages.history(identity, id, {
      limit,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
    return { success: true, messages: messages.map(wireMessage), hasMore };
  }

  @On('message:send')
  async send(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { conversationId: conversation, mentions, ...request }: SendPayload,
  ): Promise<SuccessAck<'message:send'>> {
    const { message, isDuplicate } = await this.messages.send(
      identity,
      { ...request, conversation, mentions: mentions?.map(toUserId) },
      chatDialect.name,
    );
    return {
      success: true,
      message: wireMessage(message),
      ...(isDuplicate && { duplicate: true as const }),
    };
  }

  @On('message:edit')
  async edit(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { messageId, content }: EditPayload,
  ): Promise<SuccessAck<'message:edit'>> {
    const message = await this.changes.edit(identity, messageId, content, chatDialect.name);
    return { success: true, message: wireMessage(message) };
  }

  @On('message:delete')
  async delete(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { messageId }: MessagePayload,
  ): Promise<SuccessAck<'message:delete'>> {
    const message = await this.changes.delete(identity, messageId);
    return { success: true, message: wireMessage(message) };
  }

  @On('message:react')
  async react(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { messageId, emoji }: ReactionPayload,
  ): Promise<SuccessAck<'message:react'>> {
    const reactions = await this.reactions.react(identity, messageId, emoji);
    return { success: true, reactions: wireReactions(reactions) };
  }

  @On('message:unreact')
  async unreact(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { messageId, emoji }: ReactionPayload,
  ): Promise<SuccessAck<'message:unreact'>> {
    const reactions = await this.reactions.unreact(identity, messageId, emoji);
    return { success: true, reactions: wireReactions(reactions) };
  }

  @On('message:read')
  async read(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { messageId }: MessagePayload,
  ): Promise<SuccessAck<'message:read'>> {
    const unreadCount = await this.receipts.markRead(identity, messageId);
    return { success: true, message: 'Marked as read.', unreadCount };
  }

  @On('message:report')
  async report(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() report: ReportPayload,
  ): Promise<SuccessAck<'message:report'>> {
    return { success: true, reportId: await this.reports.report(identity, report) };
  }

  @On('message:typing')
  async type(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() { conversationId, isTyping }: TypingPayload,
  ): Promise<SuccessAck<'message:typing'>> {
    const { identity, id: connectionId } = connection;
    const id = await this.directory.resolve(conversationId, identity);
    await this.typing.change(identity, connectionId, id, isTyping);
    return { success: true };
  }

  @On('moderation:action')
  async moderate(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { conversationId: ref, ...request }: ModerationPayload,
  ): Promise<SuccessAck<'moderation:action'>> {
    const conversationId = ref ? await this.directory.resolve(ref, identity) : null;
    const userId = toUserId(request.userId);
    const done = await this.moderation.act(identity, { ...request, conversationId, userId });
    return { success: true, sanction: wireModeration(done) };
  }

  /** Goes on with a newer token of the same user; refused, everything stays as it was. */
  @On('auth:refresh')
  async refresh(
    @FromConnection() connection: SocketIoConnection,
    @MessageBody() { token }: RefreshPayload,
  ): Promise<SuccessAck<'auth:refresh'>> {
    await this.admission.renew(connection, token);
    return { success: true, expiresAt: wireExpiry(connection.identity.expiresAt) };
  }

  @On('user:block')
  async block(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { userId }: UserPayload,
  ): Promise<SuccessAck<'user:block'>> {
    await this.blocks.block(identity, toUserId(userId));
    return { success: true };
  }

  @On('user:unblock')
  async unblock(
    @FromConnection() { identity }: SocketIoConnection,
    @MessageBody() { userId }: UserPayload,
  ): Promise<SuccessAck<'user:unblock'>> {
    await this.blocks.unblock(identity, toUserId(userId));
    return { success: true };
  }

  @On('user:blocks')
  async listBlocks(
    @FromConnection() { identity }: SocketIoConnection,
  ): Promise<SuccessAck<'user:blocks'>> {
    const blocks = await this.blocks.list(identity);
    return { success: true, blocked: blocks.map(wireBlock) };
  }
}
