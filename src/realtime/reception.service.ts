import { Injectable, Logger } from '@nestjs/common';
import { LIMITS } from '../core/core.limits.js';
import type { CoreEvents, Moderated, RoomEvent } from '../core/core.events.js';
import type { ChatError } from '../core/core.errors.js';
import type { ConversationHead, ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type Identity, type UserId } from '../core/model/identity.js';
import { sanctioned } from '../core/permissions.service.js';
import { EventBus } from '../core/ports/event-bus.js';
import { MessageStore } from '../core/ports/message-store.js';
import type { Connection } from './connection.js';
import { Registry } from './registry.js';
import { renderForReaders } from './rendering.js';
import type { Room } from './room.js';
import type { Subscription } from './subscription.js';

const RETRY_MS = 1_000;

type Person = Pick<Identity, 'userId' | 'username'>;

/** Whose sockets receive what: from when on, and until when. Ends at once what is to end. */
@Injectable()
export class ReceptionService {
  private readonly logger = new Logger('Reception');

  constructor(
    private readonly registry: Registry,
    private readonly messages: MessageStore,
    bus: EventBus,
  ) {
    bus.subscribe('participant.added', ({ participant, conversation }, origin) => {
      // What another node tells may be out of date: see `ReadmissionService`.
      if (origin === 'here') this.begin(conversation, participant.userId);
    });
    bus.subscribe('participant.removed', ({ participant }) =>
      this.end(participant.conversationId, participant),
    );
    bus.subscribe('sanction.applied', (event) => this.onSanction(event));
    bus.subscribe('sanction.lifted', (event) => this.tell(event));
    bus.subscribe('user.kicked', (event) => this.onKick(event));
    bus.subscribe('conversation.deleted', (event) => registry.removeRoom(event.conversationId));
  }

  /** The user takes part in the conversation: its sockets hear what is said from `lastSeq` on. */
  begin(conversation: ConversationHead, userId: UserId): void {
    const joined = this.registry.addParticipant(conversation, userId);
    if (joined.size > 0) void this.catchUp(conversation, joined);
  }

  /** Visitors without a token are let in no longer. */
  endForVisitors({ conversationId, joined }: Room): void {
    for (const { identity } of [...joined.keys()]) {
      if (isAnonymous(identity.userId)) this.end(conversationId, identity);
    }
  }

  /**
   * What was committed before the newcomer's sockets were known to read along was announced to
   * others only: they get it from the log, and what is announced meanwhile after it.
   */
  private async catchUp(
    conversation: ConversationHead,
    newcomers: ReadonlyMap<Connection, Subscription>,
  ): Promise<void> {
    const { id, lastSeq } = conversation;
    try {
      const range = { after: lastSeq, limit: LIMITS.catchUp };
      const { messages } = await this.messages.page(id, range);
      for (const newcomer of newcomers) this.registry.room(id)?.tell(...newcomer, messages);
    } catch (error) {
      this.logger.warn({ event: 'NEWCOMER_NOT_TOLD', conversationId: id, error });
      setTimeout(() => void this.catchUp(conversation, newcomers), RETRY_MS).unref();
    }
  }

  private onSanction({ sanction, ...moderated }: CoreEvents['sanction.applied']): void {
    this.tell(moderated);
    const { act } = moderated;
    if (sanction.kind === 'ban' && act) this.shutOut(act, sanctioned(sanction));
  }

  private onKick(moderated: Moderated): void {
    this.tell(moderated);
    this.shutOut(moderated.act, null);
  }

  /** To everyone joined, and to whom it concerns. */
  private tell({ act, conversation }: Pick<CoreEvents['sanction.lifted'], 'act' | 'conversation'>) {
    if (!act) return;
    const event: RoomEvent = { type: 'moderation', act };
    const room = conversation && this.registry.room(conversation.id);
    room?.emit([event]);
    const framesFor = renderForReaders(conversation ?? EVERYWHERE, [event]);
    for (const connection of this.registry.connectionsOf(act.userId)) {
      const isJoined = room?.joined.has(connection) ?? false;
      const needsNoWord = isJoined || (conversation !== null && connection.dialect.isOfOneRoom);
      const frames = needsNoWord ? null : framesFor(connection, null);
      if (frames) connection.write(frames);
    }
  }

  /** `error`: why, where there is more to say than what was told. */
  private shutOut({ conversationId, ...person }: Moderated['act'], error: ChatError | null): void {
    const { userId, username } = person;
    if (conversationId === null) {
      for (const connection of [...this.registry.connectionsOf(userId)]) connection.shutOut(error);
      return;
    }
    if (this.registry.isLookingIn(conversationId, userId)) {
      const room = this.registry.room(conversationId);
      room?.emitPresence({ type: 'user.disconnected', userId, username });
    }
    this.end(conversationId, person);
  }

  /** Ends all reception of a user who is not to be there any more. */
  private end(conversationId: ConversationId, { userId, username }: Person): void {
    const wasThere = this.registry.isVisiting(conversationId, userId);
    this.registry.removeParticipant(conversationId, userId);
    const room = this.registry.room(conversationId);
    room?.forgetPresence(userId);
    if (wasThere) room?.emitVisit({ type: 'user.left', userId, username });
  }
}

/** What happens everywhere happens in no conversation: dialects that must name one say 0. */
const EVERYWHERE = { id: 0, type: 'public', pair: null } as const;
