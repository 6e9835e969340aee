import type { ConversationHead, ConversationId } from '../core/model/conversation.js';

/** What could not be called out meanwhile is told together. */
const TELL_EVERY_MS = 1_000;

export type Reached = Pick<ConversationHead, 'id' | 'lastSeq'>;

/**
 * How far conversations are whose messages could not be called out. The others may not know that
 * anything was lost: it is this node alone that Redis is away from, or one of its connections.
 */
export class UntoldHeads {
  private readonly heads = new Map<ConversationId, number>();
  private isTelling = false;

  constructor(private readonly tell: (heads: readonly Reached[]) => Promise<void>) {}

  add(id: ConversationId, lastSeq: number): void {
    this.heads.set(id, Math.max(lastSeq, this.heads.get(id) ?? 0));
    if (this.isTelling) return;
    this.isTelling = true;
    void this.work();
  }

  /** Tells what there is to tell now. */
  async flush(): Promise<void> {
    if (this.heads.size === 0) return;
    const heads = [...this.heads].map(([id, lastSeq]) => ({ id, lastSeq }));
    this.heads.clear();
    // It is tried on, whatever becomes of this.
    await this.tell(heads).catch(() => undefined);
  }

  private async work(): Promise<void> {
    while (this.heads.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, TELL_EVERY_MS).unref());
      await this.flush();
    }
    this.isTelling = false;
  }
}
