import type { DataSource } from 'typeorm';
import type { ConversationId } from '../core/model/conversation.js';

const RETRY_MS = 1_000;

/**
 * Commits of which only the answer was lost: their senders were told to try again, but may not.
 * Once the database is back, the heads of these conversations are read and announced, so that
 * what did get committed reaches its readers all the same.
 */
export class UnconfirmedCommits {
  private doubtful = new Set<ConversationId>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly announce: (conversationId: ConversationId, head: number) => void,
  ) {}

  add(conversationIds: Iterable<ConversationId>): void {
    for (const id of conversationIds) this.doubtful.add(id);
    this.timer ??= setTimeout(() => void this.check(), RETRY_MS).unref();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.doubtful.clear();
  }

  private async check(): Promise<void> {
    this.timer = null;
    const conversationIds = [...this.doubtful];
    this.doubtful = new Set();
    try {
      // The lock waits for a statement that the database may still be carrying out.
      const rows = await this.dataSource.query<{ id: number; last_seq: string }[]>(
        'SELECT id, last_seq FROM conversations WHERE id = ANY ($1) FOR SHARE',
        [conversationIds],
      );
      for (const { id, last_seq } of rows) this.announce(id, Number(last_seq));
    } catch {
      this.add(conversationIds);
    }
  }
}
