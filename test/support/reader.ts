import type { Booked, SeenMessage } from './ledger.js';
import { TirelessClient, type TirelessOptions } from './tireless-client.js';

type Place = 'absent' | 'paging' | 'reading';

/** Reads conversations, and after each reconnect goes on where it stopped, page by page. */
export class Reader extends TirelessClient implements Booked {
  readonly seen = new Map<number, SeenMessage[]>();
  /** Messages it was shown again: allowed by the protocol, and aimed to be none. */
  redeliveries = 0;
  private readonly places = new Map<number, Place>();

  constructor(
    options: TirelessOptions,
    private readonly conversations: readonly number[],
  ) {
    super(options);
    for (const id of conversations) this.seen.set(id, []);
    this.socket.on('message:new', ({ message }: { message: SeenMessage }) => this.onNew(message));
  }

  get isReadingAll(): boolean {
    return this.conversations.every((id) => this.places.get(id) === 'reading');
  }

  lastSeq(conversation: number): number {
    return this.seen.get(conversation)?.at(-1)?.seq ?? 0;
  }

  async reading(): Promise<void> {
    await this.ledger.until(
      () => `${this.name} to read all; it reads ${[...this.places].join()}, ${this.state}`,
      () => this.isReadingAll,
    );
  }

  /** Resolves when it has seen everything up to these places. */
  async reached(heads: ReadonlyMap<number, number>): Promise<void> {
    await this.ledger.until(
      () =>
        `${this.name} to see all: ${[...heads].map(([id]) => this.lastSeq(id)).join()} of ` +
        [...heads.values()].join(),
      () => [...heads].every(([id, head]) => this.lastSeq(id) >= head),
    );
  }

  protected override onConnect(): void {
    for (const id of this.conversations) this.catchUp(id);
  }

  protected override onDisconnect(): void {
    this.places.clear();
  }

  private catchUp(conversationId: number): void {
    const payload = () => ({ conversationId, afterSeq: this.lastSeq(conversationId) });
    this.ask('conversation:join', payload, ({ missed, hasMore }) => {
      this.places.set(conversationId, hasMore === true ? 'paging' : 'reading');
      for (const message of missed as SeenMessage[]) this.take(message);
      if (hasMore === true) this.catchUp(conversationId);
      this.ledger.note();
    });
  }

  private onNew(message: SeenMessage): void {
    const place = this.places.get(message.conversationId) ?? 'absent';
    if (place === 'absent') this.ledger.breach(`${this.name} heard ${message.id} before it joined`);
    // The next page will bring it, in its turn.
    if (place !== 'paging') this.take(message);
  }

  private take(message: SeenMessage): void {
    const { conversationId, seq, id } = message;
    const seen = this.seen.get(conversationId) ?? [];
    const last = seen.at(-1)?.seq ?? 0;
    if (seq <= last) {
      this.redeliveries++;
      if (seen[seq - 1]?.id !== id) this.ledger.breach(`${this.name}: ${seq} is another now`);
      return;
    }
    if (seq !== last + 1) this.ledger.breach(`${this.name}: ${seq} came after ${last}`);
    seen.push(message);
    this.ledger.note();
  }
}
