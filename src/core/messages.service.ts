import { Inject, Injectable } from '@nestjs/common';
import { readAttachments, uploadsIn } from './attachments.js';
import { ContentJudge } from './content-judge.service.js';
import { ConversationsService } from './conversations.service.js';
import { DirectoryService } from './directory.service.js';
import { ChatError } from './core.errors.js';
import { MentionsService, submissionOf, type Mentioning } from './mentions.service.js';
import type { ConversationRef } from './model/conversation-ref.js';
import type { ConversationId } from './model/conversation.js';
import { addressKeyOf, type Identity } from './model/identity.js';
import type { Message, MessageDraft, MessageId, MessageType } from './model/message.js';
import { uploadPath } from './model/upload.js';
import { PacingService } from './pacing.service.js';
import { ParticipantsService } from './participants.service.js';
import { blocked, PermissionsService } from './permissions.service.js';
import { MessageLog, type AppendResult } from './ports/message-log.js';
import { MessageStore, type MessagePage, type MessageRange } from './ports/message-store.js';
import { SendLimiter } from './ports/send-limiter.js';
import { UploadStore } from './ports/upload-store.js';
import { seenBy } from './shadows.js';
import { checkText } from './text.js';
import { TypingService } from './typing.service.js';

export const MAX_MESSAGE_LENGTH = Symbol('MAX_MESSAGE_LENGTH');

export interface SendRequest extends Mentioning {
  /** An id, or whatever else a client calls a conversation. */
  readonly conversation: ConversationId | string | ConversationRef;
  /** Sending to an open conversation makes one a participant, for dialects without a join. */
  readonly enters?: boolean;
  /** Code points, where the dialect allows less than the service. */
  readonly maxLength?: number;
  readonly type?: MessageType | undefined;
  readonly attachments?: readonly string[] | undefined;
  readonly replyTo?: MessageId | null | undefined;
  readonly clientMessageId?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The name by which the limiter counts what visitors without a token send from one address. */
const VISITORS = 'visitors';

export interface CountedPage extends MessagePage {
  /** Messages of the conversation, whatever part of them is on the page. */
  readonly total: number;
}

type Judged = Exclude<AppendResult, { outcome: 'banned' | 'muted' }>;

export interface SentMessage {
  readonly message: Message;
  readonly isDuplicate: boolean;
}

/** Sending and reading messages: what every dialect and REST share. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly log: MessageLog,
    private readonly store: MessageStore,
    private readonly mentions: MentionsService,
    private readonly permissions: PermissionsService,
    private readonly limiter: SendLimiter,
    private readonly conversations: ConversationsService,
    private readonly directory: DirectoryService,
    private readonly typing: TypingService,
    private readonly members: ParticipantsService,
    private readonly uploads: UploadStore,
    private readonly judge: ContentJudge,
    private readonly pacing: PacingService,
    @Inject(MAX_MESSAGE_LENGTH) private readonly maxLength: number,
  ) {}

  /** Resolves once the message is committed. `dialect` chooses the rate limit. */
  async send(identity: Identity, request: SendRequest, dialect: string): Promise<SentMessage> {
    const attachments = readAttachments(request.attachments ?? []);
    const maxLength = Math.min(this.maxLength, request.maxLength ?? Infinity);
    checkText(request.content, maxLength, attachments.length > 0);
    await this.limiter.take(dialect, identity.userId);
    const address = addressKeyOf(identity.userId);
    if (address !== null) await this.limiter.take(VISITORS, address);
    const { conversation } = request;
    const refusal = this.judge.refusalOf(
      { identity, dialect, conversation },
      submissionOf(request, attachments),
    );
    // Awaits nothing else on the way of an ordinary message, or others would overtake it.
    if (refusal && !(await this.isRepeat(identity, request))) throw refusal;
    // A direct conversation comes to be by its first message: not by one that was refused above.
    const conversationId = await this.conversationOf(identity, request);
    const draft = await this.draft(identity, conversationId, request, attachments);
    await this.assertUploads(identity, draft, request.enters ?? false);
    const sent = await this.pacing.within({ identity, dialect }, draft, async () =>
      settle(await this.append(identity, draft, request.enters ?? false)),
    );
    this.typing.end(draft.conversationId, draft.senderId);
    return sent;
  }

  private async append(identity: Identity, draft: MessageDraft, enters: boolean): Promise<Judged> {
    const { conversationId, senderId } = draft;
    let result = await this.log.append(draft);
    if (result.outcome === 'not-participant' && enters) {
      await this.members.enter(identity, conversationId);
      result = await this.log.append(draft);
    }
    if (result.outcome !== 'banned' && result.outcome !== 'muted') return result;
    throw await this.permissions.sanctionOn(conversationId, senderId, result.outcome);
  }

  async history(
    identity: Identity,
    conversationId: ConversationId,
    range: MessageRange,
  ): Promise<MessagePage> {
    await this.permissions.assertMayRead(identity, conversationId);
    return this.page(identity, conversationId, range);
  }

  /** As `history`, counted back from the newest message, for dialects that page so. */
  async historyFromNewest(
    identity: Identity,
    conversationId: ConversationId,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<CountedPage> {
    await this.permissions.assertMayRead(identity, conversationId);
    // `seq` has no gaps, so the newest one is the count and an offset is a bound.
    const total = await this.conversations.lastSeq(conversationId);
    if (offset >= total) return { messages: [], hasMore: false, total };
    const range = { before: total - offset + 1, limit };
    return { ...(await this.page(identity, conversationId, range)), total };
  }

  private async page(
    identity: Identity,
    conversationId: ConversationId,
    range: MessageRange,
  ): Promise<MessagePage> {
    const { messages, hasMore } = await this.store.page(conversationId, range);
    return { messages: messages.map((message) => seenBy(identity, message)), hasMore };
  }

  /** Where a message stands, for who may enter its conversation. MESSAGE_NOT_FOUND. */
  async seqIn(
    identity: Identity,
    conversationId: ConversationId,
    messageId: MessageId,
  ): Promise<number> {
    // Whoever may not look in must not learn which messages are there.
    await this.members.assertMayEnter(identity, conversationId);
    return (await this.permissions.locateIn(conversationId, messageId)).seq;
  }

  /**
   * Only uploads of the same conversation: whoever reads the message may fetch them. Sent again,
   * a message is what it was, whatever became of its uploads.
   */
  private async assertUploads(
    identity: Identity,
    { conversationId, senderId, clientMessageId, attachments }: MessageDraft,
    enters: boolean,
  ): Promise<void> {
    const ids = uploadsIn(attachments);
    if (ids.length === 0) return;
    const [missing] = await this.uploads.missingAmong(ids, conversationId);
    if (missing === undefined) return;
    const isRepeat =
      clientMessageId !== null &&
      (await this.store.knowsClientId({ conversationId, senderId, clientMessageId }));
    if (isRepeat) return;
    if (enters) await this.members.assertMayEnter(identity, conversationId);
    else await this.permissions.assertWelcome(identity, conversationId);
    throw noSuchUpload(attachments.indexOf(uploadPath(missing)));
  }

  /** What was stored before the rules changed is answered as the repeat that it is. */
  private async isRepeat(
    identity: Identity,
    { conversation, clientMessageId }: SendRequest,
  ): Promise<boolean> {
    if (!clientMessageId) return false;
    const { userId: senderId } = identity;
    const known = await this.directory.find(conversation, identity);
    return (
      known !== null &&
      this.store.knowsClientId({ conversationId: known, senderId, clientMessageId })
    );
  }

  private conversationOf(
    identity: Identity,
    { conversation }: SendRequest,
  ): ConversationId | Promise<ConversationId> {
    if (typeof conversation === 'number') return conversation;
    return this.directory.resolveForSending(conversation, identity);
  }

  /** Membership is judged by the statement that writes; nothing is read before it but mentions. */
  private async draft(
    identity: Identity,
    conversationId: ConversationId,
    request: SendRequest,
    attachments: readonly string[],
  ): Promise<MessageDraft> {
    const { content } = request;
    const mentions = await this.mentions.resolve(conversationId, request);
    return {
      conversationId,
      senderId: identity.userId,
      senderName: identity.username,
      type: request.type ?? 'text',
      content,
      attachments,
      replyTo: request.replyTo ?? null,
      mentions,
      clientMessageId: request.clientMessageId ?? null,
      metadata: request.metadata ?? null,
    };
  }
}

const noSuchUpload = (index: number) =>
  ChatError.invalid(`attachments.${index}`, 'must be an upload to this conversation');

function settle(result: Judged): SentMessage {
  switch (result.outcome) {
    case 'appended':
    case 'duplicate':
      return { message: result.message, isDuplicate: result.outcome === 'duplicate' };
    case 'conflict':
      throw new ChatError('CONFLICT', {
        text: 'This client id was used before, for another message.',
      });
    case 'not-participant':
      throw new ChatError('PERMISSION_DENIED', {
        text: 'You do not take part in this conversation.',
      });
    case 'blocked':
      throw blocked();
    case 'conversation-not-found':
      throw new ChatError('CONVERSATION_NOT_FOUND');
    case 'upload-not-found':
      throw noSuchUpload(0);
    case 'reply-not-found':
      throw new ChatError('MESSAGE_NOT_FOUND', {
        text: 'The message replied to is not in this conversation.',
      });
  }
}
