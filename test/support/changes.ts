/** How long a condition may take before a test gives up on it: long, since machines are shared. */
const PATIENCE_MS = 60_000;

/** Lets tests wait for a state that events bring about, without looking at a clock. */
export class Changes {
  private readonly checks = new Set<() => void>();

  /** To be called after anything that a condition may depend on. */
  happened(): void {
    for (const check of this.checks) check();
  }

  /** Resolves as soon as it holds; `what` names it where it never does. */
  until(what: string | (() => string), holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!holds()) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`Waited in vain for ${typeof what === 'string' ? what : what()}`));
      }, PATIENCE_MS);
      const finish = () => {
        clearTimeout(timer);
        this.checks.delete(check);
      };
      this.checks.add(check);
    });
  }
}
