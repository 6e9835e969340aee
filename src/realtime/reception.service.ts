import { Injectable, Logger } from '@nestjs/common';
import { LIMITS } from '../core/core.limits.js';
import type { CoreEvents, Moderated, RoomEvent } from '../core/core.events.js';
import type { ChatError } from '../core/core.errors.js';
import type { ConversationHead, ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type Identity, type UserId } from '../core/model/identity.js';
import { sanctioned } from '../core/permissions.service.js';
import { EventBus } from '../core/ports/event-bus.js';
import { MessageStore } from '../core/ports/message-store.js';
import { Nodes } from '../core/ports/nodes.js';
import type { Connection } from './connection.js';
import { Registry } from './registry.js';
import { renderForReaders } from './rendering.js';
import type { Room } from './room.js';
import type { Subscription } from './subscription.js';

const RETRY_MS = 1_000;

type Person = Pick<Identity, 'userId' | 'username'>;
type OnEnded = (conversationId: ConversationId, person: Person, isShutOut: boolean) => void;

/** Whose sockets receive what: from when on, and until when. Ends at once what is to end. */
@Injectable()
export class ReceptionService {
  private readonly logger = new Logger('Reception');
  private readonly begun: ((conversationId: ConversationId, person: Person) => void)[] = [];
  private readonly ended: OnEnded[] = [];

  constructor(
    private readonly registry: Registry,
    private readonly messages: MessageStore,
    private readonly nodes: Nodes,
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

  /** Called when a user's sockets came to read a conversation without joining it. */
  whenBegun(listener: (conversationId: ConversationId, person: Person) => void): void {
    this.begun.push(listener);
  }

  /** Called when a user's reception was ended by somebody else; `isShutOut`: by a ban or a kick. */
  whenEnded(listener: OnEnded): void {
    this.ended.push(listener);
  }

  /** The user takes part in the conversation: its sockets hear what is said from `lastSeq` on. */
  begin(conversation: ConversationHead, userId: UserId): void {
    const joined = this.registry.addParticipant(conversation, userId);
    const [connection] = joined.keys();
    if (!connection) return;
    for (const listener of this.begun) listener(conversation.id, connection.identity);
    void this.catchUp(conversation, joined);
  }

  /** Ends all reception of a user who is not to be there any more. */
  end(conversationId: ConversationId, person: Person, isShutOut = false): void {
    this.registry.removeParticipant(conversationId, person.userId);
    for (const listener of this.ended) listener(conversationId, person, isShutOut);
    this.registry.room(conversationId)?.forgetPresence(person.userId);
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
      // Who of them is to hear it, this node may not know at the moment.
      await this.nodes.current();
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
    if (conversationId !== null) return this.end(conversationId, person, true);
    const connections = [...this.registry.connectionsOf(person.userId)];
    for (const connection of connections) connection.shutOut(error);
  }
}

/** What happens everywhere happens in no conversation: dialects that must name one say 0. */
const EVERYWHERE = { id: 0, type: 'public', pair: null } as const;
