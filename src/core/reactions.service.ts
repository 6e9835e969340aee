import { Injectable } from '@nestjs/common';
import { DirectoryService } from './directory.service.js';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import type { SendRequest } from './messages.service.js';
import type { Identity, UserId } from './model/identity.js';
import type { MessageId, Reactions } from './model/message.js';
import { ParticipantsService } from './participants.service.js';
import { PermissionsService } from './permissions.service.js';
import { EventBus } from './ports/event-bus.js';
import { MessageStore, type MessageLocation, type ReactionChange } from './ports/message-store.js';
import { SendLimiter } from './ports/send-limiter.js';
import { isBlank, isLongerThan } from './text.js';

export interface ReactRequest {
  readonly conversation: SendRequest['conversation'];
  readonly messageId: MessageId;
  readonly emoji: string;
}

/** Reactions to messages, by who takes part: one of each emoji and user. */
@Injectable()
export class ReactionsService {
  constructor(
    private readonly store: MessageStore,
    private readonly permissions: PermissionsService,
    private readonly limiter: SendLimiter,
    private readonly directory: DirectoryService,
    private readonly members: ParticipantsService,
    private readonly bus: EventBus,
  ) {}

  /** MESSAGE_NOT_FOUND, PERMISSION_DENIED, VALIDATION_FAILED. */
  async react(identity: Identity, messageId: MessageId, emoji: string): Promise<Reactions> {
    return (await this.change(identity, messageId, emoji, 'react')).reactions;
  }

  /** As `react`. Taking back what was not there changes nothing. */
  async unreact(identity: Identity, messageId: MessageId, emoji: string): Promise<Reactions> {
    return (await this.change(identity, messageId, emoji, 'unreact')).reactions;
  }

  /** One that is sent like a message: counted by the limiter, and entering where it may. */
  async send(
    identity: Identity,
    { conversation, messageId, emoji }: ReactRequest,
    dialect: string,
  ): Promise<ReactionChange> {
    await this.limiter.take(dialect, identity.userId);
    const conversationId = await this.directory.resolve(conversation, identity);
    await this.members.assertMayEnter(identity, conversationId);
    await this.permissions.locateIn(conversationId, messageId);
    await this.members.enter(identity, conversationId);
    return this.change(identity, messageId, emoji, 'react');
  }

  private async change(
    identity: Identity,
    messageId: MessageId,
    emoji: string,
    change: 'react' | 'unreact',
  ): Promise<ReactionChange> {
    if (isBlank(emoji) || isLongerThan(emoji, LIMITS.emojiLength)) {
      throw ChatError.invalid('emoji', `must be 1 to ${LIMITS.emojiLength} characters`);
    }
    const location = await this.permissions.locateVisible(identity, messageId);
    await this.permissions.assertMayWrite(identity, location.conversationId);
    if (await this.permissions.isShadowed(identity, location.conversationId)) {
      return this.pretend(location, identity, emoji, change);
    }
    const stored = await this.store[change](location, identity.userId, emoji);
    const { reactions, isChanged, revision } = stored;
    const isAdded = change === 'react';
    const onlyUserId = location.isShadowed ? location.senderId : undefined;
    const announced = { emoji, isAdded, reactions, revision };
    if (isChanged) await this.announce(location, identity, announced, onlyUserId);
    return { reactions, isChanged };
  }

  /** A shadow banned user is told what anyone is, and nobody else anything. */
  private async pretend(
    location: MessageLocation,
    identity: Identity,
    emoji: string,
    change: 'react' | 'unreact',
  ): Promise<ReactionChange> {
    const { userId } = identity;
    const message = await this.store.find(location.id);
    const isAdded = change === 'react';
    if (!message || (isAdded && message.deletedAt)) throw new ChatError('MESSAGE_NOT_FOUND');
    const { [emoji]: before = [], ...rest } = message.reactions;
    const others = before.filter((id) => id !== userId);
    const users = isAdded ? [...others, userId] : others;
    const reactions = users.length > 0 ? { ...rest, [emoji]: users } : rest;
    const isChanged = before.includes(userId) !== isAdded;
    if (isChanged) await this.announce(location, identity, { emoji, isAdded, reactions }, userId);
    return { reactions, isChanged };
  }

  private announce(
    { conversationId, id: messageId, seq }: MessageLocation,
    { userId, username }: Identity,
    change: {
      emoji: string;
      isAdded: boolean;
      reactions: Reactions;
      revision?: number | undefined;
    },
    onlyUserId: UserId | undefined,
  ): Promise<void> {
    return this.bus.publish('room.event', {
      conversationId,
      event: { type: 'message.reaction', messageId, seq, userId, username, ...change },
      ...(onlyUserId !== undefined && { onlyUserId }),
    });
  }
}
