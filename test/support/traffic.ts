import { Ledger } from './ledger.js';
import { Reader } from './reader.js';
import type { Random } from './seeded-random.js';
import { Service } from './service.js';
import { someone, tokenFor } from './tokens.js';
import { Writer } from './writer.js';

interface TrafficOptions {
  readonly random: Random;
  readonly writers?: number;
  readonly readers?: number;
  readonly conversations?: number;
  readonly window?: number;
  readonly restMs?: number;
}

/** A small crowd that chats: writers and readers over a few conversations, and their books. */
export class Traffic {
  readonly ledger = new Ledger();

  private constructor(
    readonly conversations: readonly number[],
    readonly writers: Writer[],
    readonly readers: Reader[],
  ) {}

  /**
   * Resolves when everybody is connected and every reader reads: one on this node, the next one on
   * that, where there are several.
   */
  static async begin(
    services: Service | readonly Service[],
    options: TrafficOptions,
  ): Promise<Traffic> {
    const { random, writers = 5, readers = 3, conversations: count = 3, window = 8 } = options;
    const pace = options.restMs === undefined ? {} : { restMs: options.restMs };
    const nodes = services instanceof Service ? [services] : services;
    const authors = Array.from({ length: writers }, (_, index) => someone(`writer${index}`));
    const audience = Array.from({ length: readers }, (_, index) => someone(`reader${index}`));
    const conversations: number[] = [];
    while (conversations.length < count) {
      const [node] = nodes;
      if (!node) throw new Error('There is no node');
      conversations.push(await node.conversation([...authors, ...audience]));
    }
    const placeOf = (index: number) => {
      const urls = nodes.map((_, n) => nodes[(index + n) % nodes.length]?.url ?? '');
      const [url = '', ...otherUrls] = urls;
      return { url, otherUrls };
    };
    const traffic = new Traffic(conversations, [], []);
    const { ledger } = traffic;
    for (const [index, user] of audience.entries()) {
      const token = await tokenFor(user);
      const { name } = user;
      traffic.readers.push(new Reader({ ...placeOf(index), token, name, ledger }, conversations));
    }
    for (const [index, user] of authors.entries()) {
      const token = await tokenFor(user);
      const { name } = user;
      const client = { ...placeOf(index), token, name, ledger };
      traffic.writers.push(new Writer({ ...client, conversations, random, window, ...pace }));
    }
    try {
      await Promise.all(traffic.readers.map((reader) => reader.reading()));
      await Promise.all(traffic.writers.map((writer) => writer.connected()));
      return traffic;
    } catch (error) {
      traffic.close();
      throw error;
    }
  }

  get redeliveries(): number {
    return this.readers.reduce((sum, reader) => sum + reader.redeliveries, 0);
  }

  start(): void {
    for (const writer of this.writers) writer.start();
  }

  /** Resolves after that many further successes. */
  async acks(count: number): Promise<void> {
    const target = this.ledger.ackCount + count;
    await this.ledger.until(
      () => `${target} acks; there are ${this.ledger.ackCount}`,
      () => this.ledger.ackCount >= target,
    );
  }

  /** Ends the writing; resolves when all is acked and every reader has seen all of it. */
  async settle(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.finish()));
    const heads = new Map<number, number>();
    for (const { conversationId, seq } of this.ledger.acked.values()) {
      heads.set(conversationId, Math.max(seq, heads.get(conversationId) ?? 0));
    }
    await Promise.all(this.readers.map((reader) => reader.reached(heads)));
  }

  close(): void {
    for (const client of [...this.writers, ...this.readers]) client.close();
  }
}
