import { UseFilters, UsePipes } from '@nestjs/common';
import { MessageBody, WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import { ConversationsService } from '../../core/conversations.service.js';
import { DirectoryService } from '../../core/directory.service.js';
import { ChatError } from '../../core/core.errors.js';
import { MessagesService, type SendRequest } from '../../core/messages.service.js';
import type { UserId } from '../../core/model/identity.js';
import type { MessageId } from '../../core/model/message.js';
import { toUserId } from '../../core/model/wire-ids.js';
import { ReceiptsService } from '../../core/receipts.service.js';
import { ReportsService } from '../../core/reports.service.js';
import { TypingService } from '../../core/typing.service.js';
import { UploadsService } from '../../core/uploads.service.js';
import { SendingService, type Sending } from '../../session/sending.service.js';
import { JoiningService, type JoinedConversation } from '../../session/joining.service.js';
import { CurrentReply, FromConnection } from '../../transport/parameters.js';
import { PayloadPipe } from '../../transport/payload.pipe.js';
import { RawAdmission } from '../../transport/raw/raw-admission.js';
import { RawConnection } from '../../transport/raw/raw-connection.js';
import type { RawRoute } from '../../transport/raw/raw-route.js';
import { ReplyExceptionFilter } from '../../transport/reply-exception.filter.js';
import { Reply } from '../../transport/reply.js';
import { subscriberTo } from '../../transport/subscriber.js';
import { MAX_FRAME_BYTES, vezaDialect } from './veza.dialect.js';
import type { Answer, ClientFrames } from './veza.events.js';
import {
  authSuccess,
  fileDownload,
  messageReceived,
  messageRejected,
  roomJoined,
  vezaPresenter,
  wireMessageId,
} from './veza.presenter.js';
import { placeOf } from './veza.places.js';
import { awaited } from './veza.requests.js';
import {
  AuthData,
  EmptyData,
  FileUploadData,
  JoinRoomData,
  messageId,
  MessageData,
  ReadReceiptData,
  ReportData,
  RoomData,
} from './veza.schemas.js';

/** The types of recorders hold commas and quotes. */
const DATA_URL = /^data:.{0,250}?;base64,/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

type Answering = Promise<Answer | null>;
type Handler<T extends keyof ClientFrames> = (
  connection: RawConnection,
  data: ClientFrames[T],
  reply: Reply,
) => Answering;

const On = subscriberTo<{ [N in keyof ClientFrames]: Handler<N> }>();

/** `veza`: rooms, private messages, files over a raw WebSocket (document 3). */
@UseFilters(ReplyExceptionFilter)
@UsePipes(PayloadPipe)
@WebSocketGateway({ path: '/ws' })
export class VezaGateway implements OnGatewayInit {
  constructor(
    private readonly admission: RawAdmission,
    private readonly joining: JoiningService,
    private readonly directory: DirectoryService,
    private readonly conversations: ConversationsService,
    private readonly messages: MessagesService,
    private readonly sending: SendingService,
    private readonly typing: TypingService,
    private readonly receipts: ReceiptsService,
    private readonly uploads: UploadsService,
    private readonly reports: ReportsService,
  ) {}

  afterInit(route: RawRoute): void {
    this.admission.guard(route, () => vezaDialect, { maxFrameBytes: MAX_FRAME_BYTES });
  }

  /** Renews the token; whoever fails to is hung up on, as at the door. */
  @On('auth')
  async authenticate(
    @FromConnection() connection: RawConnection,
    @MessageBody() { token }: AuthData,
    @CurrentReply() reply: Reply,
  ): Answering {
    try {
      await this.admission.renew(connection, token);
    } catch (error) {
      const isRefused = error instanceof ChatError && error.code === 'AUTH_FAILED';
      if (isRefused) reply.afterwards(() => connection.expire());
      throw error;
    }
    return { type: 'auth_success', data: authSuccess(connection) };
  }

  @On('join_room')
  async join(
    @FromConnection() connection: RawConnection,
    @MessageBody() { room_id, last_message_id }: JoinRoomData,
    @CurrentReply() reply: Reply,
  ): Answering {
    const { identity } = connection;
    const id = await this.directory.resolve(room_id, identity);
    const last = messageId(last_message_id);
    const afterSeq = last === null ? undefined : await this.messages.seqIn(identity, id, last);
    const joined = await this.joining.join(connection, id, { name: room_id, afterSeq });
    reply.afterwards(() => {
      tellMissed(connection, room_id, joined);
      joined.release();
    });
    const { hasMore } = joined;
    const data = { ...roomJoined(room_id, joined), ...(last !== null && { has_more: hasMore }) };
    return { type: 'room_joined', data };
  }

  @On('leave_room')
  async leave(
    @FromConnection() connection: RawConnection,
    @MessageBody() { room_id }: RoomData,
  ): Answering {
    const id = await this.directory.resolve(room_id, connection.identity);
    await this.joining.leave(connection, id);
    return { type: 'room_left', data: { room_id } };
  }

  @On('message')
  async send(
    @FromConnection() connection: RawConnection,
    @MessageBody() data: MessageData,
    @CurrentReply() reply: Reply,
  ): Answering {
    const { directory, conversations } = this;
    const conversation = await placeOf({ directory, conversations }, connection.identity, data);
    const sending = await this.awaiting(connection, data.id, () =>
      this.sending.send(connection, requestOf(conversation, data)),
    ).catch((error: unknown) => {
      tellIfRejected(error, connection, data, reply);
      throw error;
    });
    if (sending.isHeard) return null;
    const { message } = sending;
    return messageReceived(roomOf(data, message.senderId), message);
  }

  @On('typing_start')
  startTyping(
    @FromConnection() connection: RawConnection,
    @MessageBody() data: RoomData,
  ): Answering {
    return this.type(connection, data, true);
  }

  @On('typing_stop')
  stopTyping(
    @FromConnection() connection: RawConnection,
    @MessageBody() data: RoomData,
  ): Answering {
    return this.type(connection, data, false);
  }

  @On('read_receipt')
  async read(
    @FromConnection() { identity }: RawConnection,
    @MessageBody() data: ReadReceiptData,
  ): Answering {
    await this.receipts.markRead(identity, idOf(data));
    return null;
  }

  @On('file_upload')
  async upload(
    @FromConnection() { identity }: RawConnection,
    @MessageBody() { room_id, file_name: name, mime_type, content }: FileUploadData,
  ): Answering {
    const file = { name, claimedType: mime_type ?? null, bytes: decoded(content) };
    const upload = await this.uploads.acceptBytes(identity, room_id, file);
    return { type: 'file_download', data: fileDownload(upload) };
  }

  @On('report_message')
  async report(
    @FromConnection() { identity }: RawConnection,
    @MessageBody() { reason, details, ...data }: ReportData,
  ): Answering {
    const id = idOf(data);
    const reportId = await this.reports.report(identity, { messageId: id, reason, details });
    const answer = { report_id: String(reportId), message_id: wireMessageId(id) };
    return { type: 'report_received', data: answer };
  }

  @On('ping')
  ping(@FromConnection() _: RawConnection, @MessageBody() _data: EmptyData): Answering {
    return Promise.resolve({ type: 'pong', data: {} });
  }

  /** The answer to a ping of ours; that it came is enough. */
  @On('pong')
  pong(@FromConnection() _: RawConnection, @MessageBody() _data: EmptyData): Answering {
    return Promise.resolve(null);
  }

  private async type(
    { identity, id: connectionId }: RawConnection,
    { room_id }: RoomData,
    isTyping: boolean,
  ): Answering {
    const id = await this.directory.resolve(room_id, identity);
    await this.typing.change(identity, connectionId, id, isTyping);
    return null;
  }

  /** What is heard of a message of that id meanwhile, or after it, answers the frame. */
  private async awaiting(
    connection: RawConnection,
    id: string | undefined,
    send: () => Promise<Sending>,
  ): Promise<Sending> {
    if (id === undefined) return send();
    awaited.add(connection, id);
    let isHeard = false;
    try {
      const sending = await send();
      ({ isHeard } = sending);
      return sending;
    } finally {
      if (!isHeard) awaited.take(connection, id);
    }
  }
}

const requestOf = (
  conversation: SendRequest['conversation'],
  { message_type: type, mentions = [], ...data }: MessageData,
): SendRequest => ({
  conversation,
  content: data.content,
  type: type === 'voice' ? 'audio' : type,
  attachments: data.attachments,
  replyTo: messageId(data.reply_to),
  mentions: mentions.map(toUserId),
  mentionedNames: mentions.map(String),
  clientMessageId: data.id,
});

function tellMissed(
  connection: RawConnection,
  name: number | string,
  { missed, summary: { conversation } }: JoinedConversation,
): void {
  const { id, type, pair } = conversation;
  for (const message of missed) {
    const event = { type: 'message.created', message } as const;
    const room = { id, type, pair, name, reader: connection };
    const frame = vezaPresenter.roomEvent(room, event);
    if (frame !== null) connection.send(frame);
  }
}

/** As the sender calls it. */
const roomOf = ({ room_id, recipient_id }: MessageData, sender: UserId) =>
  room_id ?? `private_${sender}_${recipient_id}`;

/** What the rules refused is told as an error, and as what moderation did besides. */
function tellIfRejected(
  error: unknown,
  connection: RawConnection,
  data: MessageData,
  reply: Reply,
): void {
  if (!(error instanceof ChatError && error.code === 'CONTENT_REJECTED')) return;
  const { identity } = connection;
  reply.afterwards(() => connection.send(messageRejected(roomOf(data, identity.userId), identity)));
}

function idOf({ message_id }: ReadReceiptData): MessageId {
  const id = messageId(message_id);
  if (id === null) throw ChatError.invalid('message_id', 'must be a message_id');
  return id;
}

function decoded(content: string): Buffer {
  const base64 = content.replace(DATA_URL, '');
  if (!BASE64.test(base64)) throw ChatError.invalid('content', 'must be base64');
  return Buffer.from(base64, 'base64');
}
