import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ConversationId } from '../core/model/conversation.js';
import type { UserId } from '../core/model/identity.js';
import type { Sanction } from '../core/model/sanction.js';
import type { CoreEvents } from '../core/core.events.js';
import { EventBus } from '../core/ports/event-bus.js';
import { Nodes } from '../core/ports/nodes.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { SanctionStore } from '../core/ports/sanction-store.js';
import { ReceptionService } from '../realtime/reception.service.js';
import { Registry } from '../realtime/registry.js';

/** How often bans are looked for that end soon. */
const ROUND_MS = 60_000;
/** The database may read another time than we do. */
const RETRY_MS = 250;
/** The database may be away. */
const RETRY_LATER_MS = 5_000;
/** Ended sanctions are of use to nobody: what was done stands in the audit trail. */
const KEPT_MS = 24 * 60 * 60 * 1000;

type Ban = Pick<Sanction, 'conversationId' | 'userId' | 'expiresAt'>;
type Place = Pick<Ban, 'conversationId' | 'userId'>;
/** Let in, as an event says, and from then on to hear what is said. */
type Admittance = CoreEvents['participant.added'];
/** What the database is asked: whether that user's sockets may hear of that conversation. */
type Question = Place & { readonly admittance?: Admittance };

/**
 * Where a ban ends, by time or before it, or another node let the user in, the user's open sockets
 * hear of the conversation again; where an event lets in who is out again by now, they do not.
 */
@Injectable()
export class ReadmissionService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Readmission');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Being read about: what happens meanwhile calls them off. */
  private readonly readmissions = new Map<string, Question>();
  private round: NodeJS.Timeout | null = null;
  /** Bans that end before this were found: a round that fails leaves its own to the next. */
  private lookedUpTo = new Date();

  constructor(
    private readonly sanctions: SanctionStore,
    private readonly participants: ParticipantStore,
    private readonly registry: Registry,
    private readonly reception: ReceptionService,
    private readonly nodes: Nodes,
    bus: EventBus,
  ) {
    // Two nodes may tell of what they did in another order than they did it: the database decides.
    bus.subscribe('participant.added', (admittance, origin) => {
      const { conversationId, userId } = admittance.participant;
      if (origin === 'here' && this.nodes.living.size === 1) return undefined;
      return this.readmit({ conversationId, userId, admittance });
    });
    bus.subscribe('participant.removed', ({ participant }, origin) => {
      this.callOff(participant);
      return origin === 'here' ? undefined : this.readmit(participant);
    });
    bus.subscribe('sanction.applied', ({ sanction }, origin) => {
      if (sanction.kind !== 'ban') return;
      this.callOff(sanction);
      this.expect(sanction);
      return origin === 'here' ? undefined : this.readmit(sanction);
    });
    bus.subscribe('conversation.deleted', ({ conversationId }) => {
      for (const place of this.readmissions.values()) {
        if (place.conversationId === conversationId) this.callOff(place);
      }
    });
    bus.subscribe('sanction.lifted', ({ sanction }) => {
      if (sanction.kind === 'ban') void this.readmit(sanction);
    });
  }

  onModuleInit(): void {
    void this.goRound();
    this.round = setInterval(() => void this.goRound(), ROUND_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.round) clearInterval(this.round);
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private async goRound(): Promise<void> {
    try {
      const soon = new Date(Date.now() + ROUND_MS);
      for (const ban of await this.sanctions.bansEnding(this.lookedUpTo, soon)) this.expect(ban);
      this.lookedUpTo = soon;
      await this.sanctions.forgetEndedBefore(new Date(Date.now() - KEPT_MS));
    } catch (error) {
      this.logger.warn({ event: 'BANS_NOT_READ', error });
    }
  }

  /** One that ends later than the next round is found by that. */
  private expect(ban: Ban & Question): void {
    const { conversationId, expiresAt } = ban;
    if (conversationId === null || !expiresAt) return;
    const leftMs = expiresAt.getTime() - Date.now();
    if (leftMs > ROUND_MS) return;
    const key = keyOf(ban);
    clearTimeout(this.timers.get(key));
    const onEnd = () => {
      this.timers.delete(key);
      void this.readmit(ban);
    };
    this.timers.set(key, setTimeout(onEnd, Math.max(leftMs, RETRY_MS)).unref());
  }

  private async readmit({ conversationId, userId, admittance }: Question): Promise<void> {
    if (conversationId === null || this.isAway(userId)) return;
    const turn: Question = { conversationId, userId, ...(admittance && { admittance }) };
    const key = keyOf(turn);
    this.readmissions.set(key, turn);
    try {
      const ban =
        (await this.sanctions.find(conversationId, userId, 'ban')) ??
        (await this.sanctions.find(null, userId, 'ban'));
      const head = ban ? null : await this.headOf(conversationId, userId);
      if (this.readmissions.get(key) !== turn) return;
      if (ban) this.expect({ ...ban, conversationId });
      if (head) this.reception.begin(admittance?.conversation ?? head, userId);
      else if (admittance) this.reception.end(conversationId, admittance.participant, ban !== null);
    } catch (error) {
      this.logger.warn({ event: 'NOT_READMITTED', conversationId, userId, error });
      if (this.readmissions.get(key) === turn) this.expect({ ...turn, expiresAt: soon() });
    } finally {
      if (this.readmissions.get(key) === turn) this.readmissions.delete(key);
    }
  }

  private async headOf(conversationId: ConversationId, userId: UserId) {
    const conversations = await this.participants.conversationsOf(userId);
    return conversations.find(({ id }) => id === conversationId) ?? null;
  }

  /** He is out again: what was read before that must not bring him back. */
  private callOff(place: Place): void {
    this.readmissions.delete(keyOf(place));
  }

  private isAway(userId: UserId): boolean {
    return [...this.registry.connectionsOf(userId)].length === 0;
  }
}

const soon = (): Date => new Date(Date.now() + RETRY_LATER_MS);

const keyOf = ({ conversationId, userId }: Place): string => `${conversationId}:${userId}`;
