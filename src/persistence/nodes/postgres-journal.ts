import { ChatError } from '../../core/core.errors.js';
import { Journal, type JournalReader } from '../../core/ports/journal.js';
import type { NodeId } from '../../core/ports/nodes.js';
import { GroupCommit } from '../../core/group-commit.js';
import type { PreparedStatement } from '../prepared-statement.js';
import type { Confirmations } from './confirmations.js';
import type { JournalFollower } from './journal-follower.js';

/** As long as a node may be dead without the others knowing, and a little more. */
const GIVE_UP_AFTER_MS = 10_000;
const RETRY_MS = 500;

interface Entry {
  readonly number: number;
  readonly isAwaited: boolean;
  readonly text: string;
}

interface Written {
  readonly id: number;
  /** Nodes that lived then. */
  readonly nodes: readonly NodeId[];
}

interface WrittenRow {
  readonly last_id: string;
  readonly living: NodeId[];
}

/** The journal in PostgreSQL: see `write_journal` of the migrations. */
export class PostgresJournal extends Journal {
  private readonly commits: GroupCommit<Entry, Written>;
  private count = 0;
  private isClosed = false;

  constructor(
    private readonly nodeId: NodeId,
    private readonly statement: PreparedStatement,
    private readonly follower: JournalFollower,
    private readonly confirmations: Confirmations,
  ) {
    super();
    this.commits = new GroupCommit<Entry, Written>({
      write: (batch) => this.store(batch),
      maxWaiting: Infinity,
    });
  }

  async write(text: string, isAwaited: boolean): Promise<void> {
    if (this.isClosed) throw new ChatError('UNAVAILABLE');
    const entry = { number: ++this.count, isAwaited, text };
    const written = this.commits.add(entry);
    const isDone = isAwaited
      ? written.then(({ id, nodes }) => this.confirmations.until(id, this.others(nodes)))
      : written;
    await within(isDone);
  }

  onEntry(reader: JournalReader): void {
    this.follower.onEntry(reader);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.commits.drain();
    await this.statement.close();
  }

  /**
   * What has happened must be told, however long the database is away. What is written later waits
   * behind it: others must hear of what this node did in the order in which it was done.
   */
  private async store(batch: readonly Entry[]): Promise<Written[]> {
    for (;;) {
      try {
        return await this.insert(batch);
      } catch (error) {
        if (this.isClosed) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  }

  private async insert(batch: readonly Entry[]): Promise<Written[]> {
    const [row] = await this.statement.run<WrittenRow>([
      this.nodeId,
      batch.map(({ number }) => number),
      batch.map(({ isAwaited }) => isAwaited),
      batch.map(({ text }) => text),
    ]);
    if (!row) throw new Error('write_journal returned nothing');
    const written = { id: Number(row.last_id), nodes: row.living };
    return batch.map(() => written);
  }

  private others(nodes: readonly NodeId[]): readonly NodeId[] {
    return nodes.filter((node) => node !== this.nodeId);
  }
}

async function within(task: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new ChatError('UNAVAILABLE')), GIVE_UP_AFTER_MS);
  });
  await Promise.race([task, deadline]).finally(() => clearTimeout(timer));
}
