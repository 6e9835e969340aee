import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import type { CoreEventName, Origin } from '../core/ports/event-bus.js';
import type { Journal } from '../core/ports/journal.js';
import type { Nodes } from '../core/ports/nodes.js';
import { carriageOf, isExpendable, type Happening } from './carriage.js';
import { decode, encode } from './event-codec.js';
import { MemoryEventBus } from './memory-event-bus.js';
import { EVERYBODY, type Channel, type RedisChannels } from './redis-channels.js';
import { UntoldHeads } from './untold-heads.js';

/** Calls kept for a node that is not current. */
const MOST_HELD = 10_000;
/** Characters. */
const LONGEST_CALL = 256 * 1024;

/**
 * Several nodes. What must not be missed goes by the journal in PostgreSQL. Everything else is
 * called out over Redis. What cannot be called out is entered in the journal, of messages only how
 * far they are; the log is read again where a call was not heard (`MissedHeads`).
 *
 * A node that is not current tells its sockets nothing that passes: somebody may have lost the
 * right to hear it. What nobody says again it tells when it is current.
 */
@Injectable()
export class ClusterEventBus extends MemoryEventBus implements OnModuleDestroy {
  private readonly log = new Logger('EventBus');
  private readonly held: Happening[] = [];
  private readonly untold = new UntoldHeads((heads) => this.publish('heads.reached', { heads }));

  constructor(
    private readonly nodes: Nodes,
    private readonly journal: Journal,
    private readonly channels: RedisChannels,
  ) {
    super();
    journal.onEntry(async (entry) => this.applyHere(decode(entry), 'elsewhere'));
    channels.onCall((text) => this.onCall(text));
    nodes.onRevival(() => this.applyHeld());
  }

  override async publish<N extends CoreEventName>(name: N, event: CoreEvents[N]): Promise<void> {
    const happening = { name, event } as Happening;
    const carriage = carriageOf(happening);
    if (carriage !== 'passing') {
      void this.applyHere(happening, 'here');
      return this.journal.write(encode(happening), carriage === 'awaited');
    }
    if (this.nodes.isCurrent) void this.applyHere(happening, 'here');
    // Nobody waits for Redis: whoever acted is answered whether it is there or not.
    void this.callOut(happening);
  }

  /** What could not be called out is told before the journal is closed. */
  async onModuleDestroy(): Promise<void> {
    await this.untold.flush();
  }

  /** Others may share the Redis: what cannot be read is nothing of ours. */
  private onCall(text: string): void {
    try {
      const happening = decode(text);
      if (this.nodes.isCurrent) void this.applyHere(happening, 'elsewhere');
      else if (!isExpendable(happening) && this.held.length < MOST_HELD) this.held.push(happening);
    } catch (error) {
      this.log.warn({ event: 'CALL_NOT_UNDERSTOOD', error });
    }
  }

  /** What was called out while this node was not current, and is said only once. */
  private applyHeld(): void {
    for (const happening of this.held.splice(0)) void this.applyHere(happening, 'elsewhere');
  }

  private async callOut(happening: Happening): Promise<void> {
    const isOut = await this.channels.call(channelOf(happening), () => encodeForCall(happening));
    if (isOut) return;
    const { name, event } = happening;
    if (name === 'messages.committed') this.untold.add(event.conversationId, event.head);
    if (isExpendable(happening)) return;
    // It is tried on, whatever becomes of this.
    await this.journal.write(encode(happening), false).catch(() => undefined);
  }

  private applyHere({ name, event }: Happening, origin: Origin): Promise<void> {
    return this.apply(name, event, origin);
  }
}

/** What is larger is read from the log instead: Redis hangs up on nodes that are slow to take it. */
function encodeForCall(happening: Happening): string {
  const text = encode(happening);
  if (text.length <= LONGEST_CALL || happening.name !== 'messages.committed') return text;
  return encode({ ...happening, event: { ...happening.event, messages: [] } });
}

const channelOf = ({ event }: Happening): Channel =>
  'conversationId' in event ? event.conversationId : EVERYBODY;
