import { within } from './patience.js';

type Effect = () => (() => void) | undefined;

/** As much of React as the documents' samples need: state, refs, and effects after a render. */
export class Hooks {
  private readonly slots: unknown[] = [];
  private readonly cleanups: (() => void)[] = [];
  private readonly watchers = new Set<() => void>();
  private effects: Effect[] = [];
  private cursor = 0;

  /** Calls what uses the hooks, then the effects that it asked for. */
  render<T>(component: () => T): T {
    this.cursor = 0;
    const result = component();
    for (const effect of this.effects.splice(0)) this.cleanups.push(effect() ?? (() => undefined));
    return result;
  }

  /** Resolves with what `look` finds, now or after a change of state. */
  async shows<T>(what: string, look: () => T | null): Promise<T> {
    let watcher = (): void => undefined;
    const found = new Promise<T>((resolve) => {
      watcher = () => {
        const result = look();
        if (result !== null) resolve(result);
      };
    });
    this.watchers.add(watcher);
    watcher();
    return within(what, found).finally(() => this.watchers.delete(watcher));
  }

  unmount(): void {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
  }

  private slot(initial: unknown): number {
    const index = this.cursor++;
    if (!(index in this.slots)) this.slots[index] = initial;
    return index;
  }

  readonly useState = (initial: unknown) => {
    const index = this.slot(initial);
    const set = (next: unknown) => {
      const change = next as (before: unknown) => unknown;
      this.slots[index] = typeof next === 'function' ? change(this.slots[index]) : next;
      for (const look of this.watchers) look();
    };
    return [this.slots[index], set];
  };

  readonly useRef = (initial: unknown) => this.slots[this.slot({ current: initial })];

  readonly useEffect = (effect: Effect, dependencies: readonly unknown[]) => {
    const index = this.slot(null);
    const before = this.slots[index] as readonly unknown[] | null;
    const isSame = before?.every((value, at) => value === dependencies[at]) ?? false;
    this.slots[index] = dependencies;
    if (!isSame) this.effects.push(effect);
  };
}
