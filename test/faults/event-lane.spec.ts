import { describe, expect, it } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EventLane } from '../../src/transport/event-lane.js';

const EVENTS = 300_000;
const MAY_STAY_BYTES = 8_000_000;

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** Begins an event; the function it returns ends it. */
function begin(lane: EventLane): () => void {
  let end: () => void = () => undefined;
  const work = new Promise<void>((resolve) => (end = resolve));
  lane.run(() => work, true);
  return end;
}

describe('a connection that always has an event under way', () => {
  it('keeps nothing of those that are done', async () => {
    const lane = new EventLane();
    const before = heapUsed();
    let endPrevious = begin(lane);
    for (let sent = 0; sent < EVENTS; sent++) {
      const end = begin(lane);
      endPrevious();
      while (lane.pending > 1) await Promise.resolve();
      endPrevious = end;
    }
    expect(lane.pending).toBe(1);
    expect(heapUsed() - before).toBeLessThan(MAY_STAY_BYTES);
    endPrevious();
    await lane.idle();
  });
});
