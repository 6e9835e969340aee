import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Change } from '../core/model/presence.js';
import { allKnown, type Soon } from '../core/soon.js';
import { isAnonymous } from '../core/model/identity.js';
import { wireUserText } from '../core/model/wire-ids.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { TypingService } from '../core/typing.service.js';
import { PresenceService } from '../presence/presence.service.js';
import type { Connection } from '../realtime/connection.js';
import { BlockLists } from '../realtime/block-lists.js';
import { Registry } from '../realtime/registry.js';
import { ComingsService } from './comings.service.js';
import { TooManyConnections } from './too-many-connections.js';

/** Connections that one user may have, over all protocols. */
export const MAX_CONNECTIONS_PER_USER = Symbol('MAX_CONNECTIONS_PER_USER');

interface Arrival {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly done: Promise<void>;
}

/** The life of a connection, whatever it speaks: it opens, and closes. */
@Injectable()
export class SessionService {
  private readonly logger = new Logger('Session');
  private readonly departures = new Set<Promise<void>>();
  private readonly arrivals = new WeakMap<Connection, Arrival>();

  constructor(
    private readonly registry: Registry,
    private readonly blockLists: BlockLists,
    private readonly presence: PresenceService,
    private readonly typing: TypingService,
    private readonly participants: ParticipantStore,
    private readonly comings: ComingsService,
    @Inject(MAX_CONNECTIONS_PER_USER) private readonly maxPerUser: number,
  ) {}

  /** Registers at once; resolves when the user's conversations are followed. `TooManyConnections`. */
  async open(connection: Connection): Promise<void> {
    const { userId } = connection.identity;
    if (this.registry.countOf(userId) >= this.maxPerUser) throw new TooManyConnections();
    this.registry.add(connection);
    this.logger.log({
      event: 'WS_CONNECT',
      ...nameplate(connection),
      address: connection.address,
    });
    const done = this.arrive(connection);
    this.arrivals.set(connection, { at: Date.now(), done });
    await done;
  }

  /** Ends the connection's typing and presence. Closing twice is closing once. */
  close(connection: Connection, reason: string): void {
    if (!this.registry.has(connection)) return;
    const departure = this.depart(connection, reason).finally(() => {
      this.departures.delete(departure);
    });
    this.departures.add(departure);
  }

  /** Resolves when all who have gone are counted out: before that the database is still needed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.departures);
  }

  private async depart(connection: Connection, reason: string): Promise<void> {
    const { identity, id } = connection;
    const { joined, participating } = this.registry.remove(connection);
    const changes: Soon<Change>[] = [];
    if (!this.registry.isConnected(identity.userId)) this.blockLists.forget(identity.userId);
    for (const conversationId of joined.keys()) {
      changes.push(this.comings.left(connection, conversationId));
    }
    const arrival = this.arrivals.get(connection);
    this.typing.endAll(id);
    this.logger.log({
      event: 'WS_DISCONNECT',
      ...nameplate(connection),
      reason,
      durationMs: arrival && Date.now() - arrival.at,
    });
    // A socket may go before its user was counted in: counted out first, it would stay for ever.
    await arrival?.done.catch(() => undefined);
    const left = await allKnown(changes);
    const isGone = await this.presence.disconnected(
      identity,
      this.registry.countOf(identity.userId),
    );
    for (const [n, [conversationId, subscription]] of [...joined].entries()) {
      // Of who is offline, the others in the user's own conversations have heard by now.
      const isTold = isGone && participating.has(conversationId);
      const change = left[n];
      if (isTold || !change) continue;
      await this.comings.lookedAway(connection, subscription, conversationId, change);
    }
  }

  private async arrive(connection: Connection): Promise<void> {
    const { identity } = connection;
    const { userId } = identity;
    // Before it follows anything: of whom its user has blocked it is not to be notified.
    const [conversations] = isAnonymous(userId)
      ? [[]]
      : await Promise.all([
          this.participants.conversationsOf(userId),
          this.blockLists.load(userId),
        ]);
    this.registry.follow(connection, conversations);
    const conversationIds = conversations.map((conversation) => conversation.id);
    const joined = conversationIds.filter((id) => this.registry.room(id)?.joined.has(connection));
    await allKnown(joined.map((id) => this.comings.update(id, identity)));
    const isOne = await this.presence.connected(
      identity,
      this.registry.countOf(userId),
      conversationIds,
      this.maxPerUser,
    );
    if (!isOne) throw new TooManyConnections();
  }
}

/** Whose connection it is, for the log. */
const nameplate = ({ identity, id, dialect }: Connection) => ({
  userId: wireUserText(identity.userId),
  connectionId: id,
  dialect: dialect.name,
});
