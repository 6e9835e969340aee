import { BaseSequencer } from 'vitest/node';

/** Folders whose suites run processes of their own, or wait for real time: the longest first. */
const LONG = ['faults', 'process', 'browser', 'persistence', 'limits', 'live', 'uploads', 'auth'];

const rankOf = ({ moduleId }) => {
  const rank = LONG.findIndex((folder) => moduleId.includes(`/test/${folder}/`));
  return rank < 0 ? LONG.length : rank;
};

/**
 * Vitest knows how long suites take from the run before, and a fresh checkout has none: a suite of
 * minutes that comes last would leave all workers but one idle.
 */
export class LongestFirst extends BaseSequencer {
  async sort(specifications) {
    const sorted = await super.sort(specifications);
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}
