/** How many there are of each, and in all. What there is none of takes no memory. */
export class Tally {
  private readonly counts = new Map<string, number>();
  private sum = 0;

  get total(): number {
    return this.sum;
  }

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  add(key: string): void {
    this.counts.set(key, this.of(key) + 1);
    this.sum++;
  }

  remove(key: string): void {
    const rest = this.of(key) - 1;
    if (rest > 0) this.counts.set(key, rest);
    else this.counts.delete(key);
    this.sum--;
  }
}
