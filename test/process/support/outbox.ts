import type { Ack, ChatClient } from '../../support/chat-client.js';

/** Sends with a client id each, and what became of them. */
export class Outbox {
  readonly acks = new Map<string, Ack>();
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly client: ChatClient,
    private readonly conversationId: number,
  ) {}

  /** Emits without waiting, as a client does whose user types on. */
  emit(clientMessageIds: readonly string[]): void {
    for (const clientMessageId of clientMessageIds) {
      const payload = { conversationId: this.conversationId, content: 'hi', clientMessageId };
      this.client.socket.emit('message:send', payload, (ack: Ack) => {
        if (this.acks.has(clientMessageId)) throw new Error(`${clientMessageId} was acked twice`);
        this.acks.set(clientMessageId, ack);
        for (const listener of this.listeners.splice(0)) listener();
      });
    }
  }

  /** Resolves with the next ack, whatever it says. */
  nextAck(): Promise<void> {
    return new Promise((resolve) => void this.listeners.push(resolve));
  }

  /** Ids of sends that are not known to be committed. */
  unsettled(clientMessageIds: readonly string[]): string[] {
    return clientMessageIds.filter((id) => !this.acks.get(id)?.success);
  }
}
