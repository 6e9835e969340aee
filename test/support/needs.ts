import { describe, it } from 'vitest';

type Tests = () => void | Promise<void>;

/**
 * Tests that need something of the machine: skipped aloud where it is not there, except where
 * `mustBe` says that it has to be. Then they fail.
 */
export function describeWhere(
  { isThere, lack, mustBe = Boolean(process.env.CI) }: Need,
  name: string,
  tests: Tests,
): void {
  if (isThere || mustBe) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`SKIPPED: ${name}: ${lack}\n`);
  describe.skip(name, () => it(`cannot be run here: ${lack}`, () => undefined));
}

export interface Need {
  readonly isThere: boolean;
  /** What is not there. */
  readonly lack: string;
  /** Default: in CI. */
  readonly mustBe?: boolean;
}
