type Method = (...args: never[]) => Promise<unknown>;

export interface HeldBack {
  /** Resolves when somebody calls. */
  readonly called: Promise<void>;
  /** Lets the call through, and those that follow; resolves when its caller has gone on. */
  release(): Promise<void>;
}

/** A promise, and what resolves it. */
function signal(): readonly [promise: Promise<void>, give: () => void] {
  let give: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (give = resolve));
  return [promise, give];
}

/** Keeps the next call of that method waiting, so that a test sees what happens meanwhile. */
export function heldBack<N extends string>(target: Record<N, Method>, name: N): HeldBack {
  const method = target[name];
  const [called, giveCalled] = signal();
  const [released, giveReleased] = signal();
  const [answered, giveAnswered] = signal();
  target[name] = async (...args) => {
    giveCalled();
    await released;
    try {
      return await method.apply(target, args);
    } finally {
      giveAnswered();
    }
  };
  const release = async () => {
    target[name] = method;
    giveReleased();
    await answered;
    await new Promise(setImmediate);
  };
  return { called, release };
}
