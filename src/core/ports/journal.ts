/** Applies an entry of another node, which counts as applied when this resolves. */
export type JournalReader = (entry: string) => Promise<void>;

/**
 * What the nodes of a service must not miss of each other, in one order for all. An entry is read
 * by every node that lived when it was written, as soon as it can: also by one that was cut off.
 */
export abstract class Journal {
  /**
   * Resolves once the entry is stored; with `isAwaited` once every living node has applied it.
   * UNAVAILABLE where that takes too long: it is tried on all the same.
   */
  abstract write(entry: string, isAwaited: boolean): Promise<void>;

  /** Entries of other nodes, in their order. */
  abstract onEntry(reader: JournalReader): void;
}
