interface Read<V> {
  readonly now: Promise<V>;
  next: Promise<V> | null;
}

/**
 * Reads that many ask for at once, by key. Who asks while one is under way shares the next with all
 * who do: so each is answered by a read that began after he had asked, and there are never
 * more than two.
 */
export class SharedReads<K, V> {
  private readonly underWay = new Map<K, Read<V>>();

  constructor(private readonly read: (key: K) => Promise<V>) {}

  of(key: K): Promise<V> {
    const read = this.underWay.get(key);
    if (!read) return this.begin(key);
    const begin = () => this.begin(key);
    return (read.next ??= read.now.then(begin, begin));
  }

  private begin(key: K): Promise<V> {
    const read: Read<V> = { now: this.read(key), next: null };
    this.underWay.set(key, read);
    const end = () => {
      if (this.underWay.get(key) === read) this.underWay.delete(key);
    };
    read.now.then(end, end);
    return read.now;
  }
}
