import type { SeenMessage } from './ledger.js';
import { integerIn, type Random } from './seeded-random.js';
import { TirelessClient, type TirelessOptions } from './tireless-client.js';

interface WriterOptions extends TirelessOptions {
  readonly conversations: readonly number[];
  readonly random: Random;
  /** Messages under way together. */
  readonly window: number;
  /** Between an answer and the next message: none, unless there is enough to do otherwise. */
  readonly restMs?: number;
}

/** Sends without pause, a window at a time, and sends again what was never answered. */
export class Writer extends TirelessClient {
  /** Sent and not acked, oldest first. */
  private readonly open = new Set<string>();
  private count = 0;
  private isWriting = false;

  constructor(private readonly options: WriterOptions) {
    super(options);
  }

  start(): void {
    this.isWriting = true;
    if (this.isConnected) this.fillWindow();
  }

  /** Begins nothing new, and resolves when everything begun is acked. */
  async finish(): Promise<void> {
    this.isWriting = false;
    await this.ledger.until(
      () => `${this.name}'s ${this.open.size} last acks`,
      () => this.open.size === 0,
    );
  }

  protected override onConnect(): void {
    for (const id of this.open) this.send(id);
    this.fillWindow();
  }

  private fillWindow(): void {
    while (this.isWriting && this.open.size < this.options.window) this.sendNew();
  }

  private sendNew(): void {
    const { conversations, random } = this.options;
    const conversationId = conversations[integerIn(random, 0, conversations.length - 1)] ?? 0;
    const id = `${this.name}-${++this.count}`;
    this.ledger.offered.set(id, { conversationId, content: `${id} says hello` });
    this.open.add(id);
    this.send(id);
  }

  private send(clientMessageId: string): void {
    const offer = this.ledger.offered.get(clientMessageId);
    const payload = () => ({ ...offer, clientMessageId });
    this.ask('message:send', payload, ({ message, duplicate }) => {
      this.open.delete(clientMessageId);
      this.ledger.accept(clientMessageId, message as SeenMessage, duplicate === true);
      this.goOn();
    });
  }

  private goOn(): void {
    const { restMs } = this.options;
    if (restMs === undefined) this.fillWindow();
    else setTimeout(() => this.isConnected && this.fillWindow(), restMs);
  }
}
