import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../src/core/model/identity.js';
import { EventLane } from '../../src/transport/event-lane.js';
import { TokenClock } from '../../src/transport/token-clock.js';

const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;

/** What became of a connection, and when: milliseconds from now on. */
class Witness {
  readonly lane = new EventLane();
  readonly seen: [what: string, at: number][] = [];
  readonly clock = new TokenClock(this);
  identity: Identity;
  private readonly begun = Date.now();

  constructor(left: number) {
    const expiresAt = Date.now() + left;
    const times = { expiresAt, issuedAt: Date.now(), tokenId: null };
    this.identity = { userId: '1', username: 'alice', roles: new Set(), ...times };
    this.clock.start();
  }

  renew(left: number): void {
    this.identity = { ...this.identity, expiresAt: Date.now() + left };
    this.clock.start();
  }

  announceExpiry(): void {
    this.seen.push(['announced', Date.now() - this.begun]);
  }

  signOut(): void {
    this.seen.push(['signed out', Date.now() - this.begun]);
    this.clock.stop();
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the clock of a token', () => {
  it('announces the end a minute before, and ends the connection when it is there', async () => {
    const { seen } = new Witness(300 * SECOND);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(seen).toEqual([
      ['announced', 240 * SECOND],
      ['signed out', 300 * SECOND],
    ]);
  });

  it.each([
    [59 * SECOND, ['announced', 'signed out']],
    [1 * SECOND, ['announced', 'signed out']],
    [999, ['signed out']],
    [0, ['signed out']],
    [-1, ['signed out']],
  ])('with %d ms left when it starts: %j', async (left, expected) => {
    const { seen } = new Witness(left);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(seen.map(([what]) => what)).toEqual(expected);
  });

  it('does nothing at the very start: whoever starts it is to finish first', () => {
    expect(new Witness(-1).seen).toEqual([]);
    expect(new Witness(10 * SECOND).seen).toEqual([]);
  });

  it('waits for longer than a timer can', async () => {
    const { seen } = new Witness(60 * DAY);
    await vi.advanceTimersByTimeAsync(59 * DAY);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1 * DAY);
    expect(seen.at(-1)).toEqual(['signed out', 60 * DAY]);
  });

  it('has no timer for a token without an end', () => {
    new Witness(Infinity);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has one timer at most, whatever happens', async () => {
    const witness = new Witness(120 * SECOND);
    for (const seconds of [30, 40, 49, 2, 3]) {
      expect(vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(seconds * SECOND);
      if (seconds === 49) witness.renew(100 * SECOND);
    }
    witness.clock.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes by the new token once it is renewed', async () => {
    const witness = new Witness(100 * SECOND);
    await vi.advanceTimersByTimeAsync(90 * SECOND);
    witness.renew(200 * SECOND);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(witness.seen).toEqual([
      ['announced', 40 * SECOND],
      ['announced', 230 * SECOND],
      ['signed out', 290 * SECOND],
    ]);
  });

  it('has nothing more to do once the token is renewed by one without an end', async () => {
    const witness = new Witness(10 * SECOND);
    witness.renew(Infinity);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(witness.seen).toEqual([]);
  });

  it('is still once it is stopped, though the token be renewed by what is under way', async () => {
    const witness = new Witness(10 * SECOND);
    witness.clock.stop();
    witness.renew(20 * SECOND);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(witness.seen).toEqual([]);
  });
});

describe('events under way when the token expires', () => {
  const underWay = (witness: Witness): (() => void) => {
    let finish = (): void => undefined;
    witness.lane.run(() => new Promise<void>((resolve) => (finish = resolve)), false);
    return () => finish();
  };

  it('are waited for', async () => {
    const witness = new Witness(10 * SECOND);
    const finish = underWay(witness);
    await vi.advanceTimersByTimeAsync(10 * SECOND + 500);
    expect(witness.seen.map(([what]) => what)).toEqual(['announced']);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(witness.seen.at(-1)).toEqual(['signed out', 10 * SECOND + 500]);
  });

  it('are waited for no longer than a second', async () => {
    const witness = new Witness(10 * SECOND);
    underWay(witness);
    await vi.advanceTimersByTimeAsync(DAY);
    expect(witness.seen.at(-1)).toEqual(['signed out', 11 * SECOND]);
  });

  it('keep the connection where one of them renews the token', async () => {
    const witness = new Witness(10 * SECOND);
    const finish = underWay(witness);
    await vi.advanceTimersByTimeAsync(10 * SECOND + 500);
    witness.renew(Infinity);
    finish();
    await vi.advanceTimersByTimeAsync(DAY);
    expect(witness.seen.map(([what]) => what)).toEqual(['announced']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
