import { describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { Reader } from '../support/reader.js';
import { oneService, stayedConnected, type Scene } from '../support/scene.js';
import type { Service } from '../support/service.js';
import { tokenFor, someone } from '../support/tokens.js';

/** From the issue: sending works again this soon after the database accepts connections. */
const RECOVER_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;

const underLoad = oneService();

async function untilReadinessIs(service: Service, status: number): Promise<void> {
  while ((await service.readiness()) !== status) await delay(LOOK_EVERY_MS);
}

/** Resolves with the time from the database's first answer to the next success of a sender. */
async function timeToRecover({ postgres, traffic }: Scene): Promise<number> {
  await postgres.answers();
  const begin = performance.now();
  await traffic.acks(1);
  return performance.now() - begin;
}

describe.each(['fast', 'immediate'] as const)('PostgreSQL restarted under load, %s', (how) => {
  it('costs nobody a message, and every sender is told the truth', async () => {
    await underLoad(async (scene) => {
      const { postgres, service, traffic } = scene;
      await postgres.down(how);
      await untilReadinessIs(service, 503);
      await traffic.ledger.until('refusals', () => traffic.ledger.failures.has('UNAVAILABLE'));
      await postgres.up();
      expect(await timeToRecover(scene)).toBeLessThan(RECOVER_WITHIN_MS);
      await untilReadinessIs(service, 200);
      await traffic.acks(200);
      expect(stayedConnected(traffic)).toBe(true);
    });
  }, 180_000);
});

describe('PostgreSQL paused under load', () => {
  it('goes on where it stopped', async () => {
    await underLoad(async (scene) => {
      const { postgres, service, traffic } = scene;
      await postgres.pause();
      await untilReadinessIs(service, 503);
      postgres.resume();
      expect(await timeToRecover(scene)).toBeLessThan(RECOVER_WITHIN_MS);
      await untilReadinessIs(service, 200);
      await traffic.acks(200);
      expect(stayedConnected(traffic)).toBe(true);
    });
  }, 180_000);

  it('that outlasts the patience of the senders loses and doubles nothing', async () => {
    await underLoad(async (scene) => {
      const { postgres, traffic } = scene;
      await postgres.pause();
      await traffic.ledger.until('refusals', () => traffic.ledger.failures.has('UNAVAILABLE'));
      postgres.resume();
      expect(await timeToRecover(scene)).toBeLessThan(RECOVER_WITHIN_MS);
      await traffic.acks(200);
      expect(stayedConnected(traffic)).toBe(true);
    });
  }, 180_000);
});

describe('a client that comes while PostgreSQL is away', () => {
  it('is let in by itself once it is back, and misses nothing', async () => {
    await underLoad(async (scene) => {
      const { postgres, service, traffic } = scene;
      const { ledger, conversations, readers } = traffic;
      const admin = someone('newcomer', ['admin']);
      const token = await tokenFor(admin);
      await postgres.down('fast');
      const { name } = admin;
      const newcomer = new Reader({ url: service.url, token, name, ledger }, conversations);
      readers.push(newcomer);
      await untilReadinessIs(service, 503);
      await newcomer.turnedAway();
      await postgres.up();
      await newcomer.reading();
    });
  }, 180_000);
});
