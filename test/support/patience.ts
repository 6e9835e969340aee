/** How long anything may take before a test gives up on it: long, since machines are shared. */
const PATIENCE_MS = 15_000;

export function within<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Waited for ${what} in vain`)), PATIENCE_MS);
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
