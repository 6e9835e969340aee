import { Logger } from '@nestjs/common';
import type { ConversationId } from '../core/model/conversation.js';
import type { NodeId } from '../core/ports/nodes.js';
import type { RedisLink } from '../redis/redis-link.js';

/** Channels of one SSUBSCRIBE. */
const AT_ONCE = 500;
const RETRY_MS = 500;

/** What all nodes listen to. */
export const EVERYBODY = 'all';
export type Channel = ConversationId | typeof EVERYBODY;

/**
 * What the nodes call out to each other: Redis' sharded pub/sub, one channel per conversation,
 * subscribed where somebody listens. Whatever is called out may be lost.
 */
export class RedisChannels {
  private readonly logger = new Logger('Channels');
  private readonly wanted = new Set<Channel>([EVERYBODY]);
  /** What Redis was asked for and has not said to have dropped: it may be subscribed. */
  private readonly asked = new Set<Channel>();
  /** What is wanted and perhaps not subscribed, and the other way round. */
  private readonly missing = new Set<Channel>([EVERYBODY]);
  private readonly superfluous = new Set<Channel>();
  private isWorking = false;
  private readonly listeners: ((text: string) => void)[] = [];
  private readonly hearingListeners: ((channels: readonly Channel[]) => void)[] = [];

  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
    private readonly nodeId: NodeId,
  ) {
    link.subscriber.on('smessage', (_: string, text: string) => this.hear(text));
    link.onChange((isUp) => {
      if (isUp) this.askAgain();
    });
    link.onInterruption(() => this.askAgain());
    if (link.isUp) this.work();
  }

  get isUp(): boolean {
    return this.link.isUp;
  }

  /** Resolves whether Redis took it. `encode` is asked only where Redis is there. */
  async call(channel: Channel, encode: () => string): Promise<boolean> {
    if (!this.link.isUp) return false;
    try {
      await this.link.commands.spublish(this.nameOf(channel), `${this.nodeId} ${encode()}`);
      return true;
    } catch (error) {
      this.logger.debug({ event: 'NOT_CALLED_OUT', error });
      return false;
    }
  }

  /** What other nodes call out. */
  onCall(listener: (text: string) => void): void {
    this.listeners.push(listener);
  }

  /** Called when these are heard from now on: what was called out before may have been missed. */
  onHearing(listener: (channels: readonly Channel[]) => void): void {
    this.hearingListeners.push(listener);
  }

  listen(channel: Channel): void {
    this.wanted.add(channel);
    this.superfluous.delete(channel);
    this.missing.add(channel);
    this.work();
  }

  ignore(channel: Channel): void {
    this.wanted.delete(channel);
    this.missing.delete(channel);
    if (this.asked.has(channel)) this.superfluous.add(channel);
    this.work();
  }

  /**
   * A new connection has subscribed to nothing yet. Nothing is forgotten: it may be the old one, and
   * asking for what is there, or dropping what is not, does no harm.
   */
  private askAgain(): void {
    for (const channel of this.wanted) this.missing.add(channel);
    this.work();
  }

  private hear(text: string): void {
    if (text.startsWith(this.nodeId)) return;
    const said = text.slice(this.nodeId.length + 1);
    for (const listener of this.listeners) listener(said);
  }

  private get hasWork(): boolean {
    return this.link.isUp && this.missing.size + this.superfluous.size > 0;
  }

  /** What is asked for in one turn goes out together, and one after the other. */
  private work(): void {
    if (this.isWorking || !this.hasWork) return;
    this.isWorking = true;
    setImmediate(() => {
      void this.catchUp().finally(() => {
        this.isWorking = false;
        this.work();
      });
    });
  }

  private async catchUp(): Promise<void> {
    try {
      while (this.hasWork) {
        await this.subscribe(take(this.missing));
        await this.unsubscribe(take(this.superfluous));
      }
    } catch (error) {
      this.link.note(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  private async subscribe(channels: readonly Channel[]): Promise<void> {
    if (channels.length === 0) return;
    for (const channel of channels) this.asked.add(channel);
    try {
      await this.send('ssubscribe', channels);
    } catch (error) {
      for (const channel of channels) if (this.wanted.has(channel)) this.missing.add(channel);
      throw error;
    }
    for (const listener of this.hearingListeners) listener(channels);
  }

  private async unsubscribe(channels: readonly Channel[]): Promise<void> {
    if (channels.length === 0) return;
    try {
      await this.send('sunsubscribe', channels);
    } catch (error) {
      for (const channel of channels) if (!this.wanted.has(channel)) this.superfluous.add(channel);
      throw error;
    }
    for (const channel of channels) this.asked.delete(channel);
  }

  /** In a Cluster the channels of one command must be of one slot. */
  private async send(
    command: 'ssubscribe' | 'sunsubscribe',
    channels: readonly Channel[],
  ): Promise<void> {
    const names = channels.map((channel) => this.nameOf(channel));
    const { subscriber } = this.link;
    if (subscriber.isCluster) await Promise.all(names.map((name) => subscriber[command](name)));
    else await subscriber[command](...names);
  }

  private nameOf(channel: Channel): string {
    return `${this.prefix}:c:${channel}`;
  }
}

/** Takes some out. */
function take(channels: Set<Channel>): readonly Channel[] {
  const taken: Channel[] = [];
  for (const channel of channels) {
    channels.delete(channel);
    if (taken.push(channel) === AT_ONCE) break;
  }
  return taken;
}
