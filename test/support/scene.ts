import { expect } from 'vitest';
import type { Cleanups } from './cleanups.js';
import { PostgresServer } from './postgres-server.js';
import { seededRandom, type Random } from './seeded-random.js';
import { Service } from './service.js';
import { Traffic } from './traffic.js';

/** A service under load, over a database of its own. */
export interface Scene {
  readonly random: Random;
  readonly postgres: PostgresServer;
  readonly service: Service;
  readonly traffic: Traffic;
}

/**
 * Plays a fault while a crowd chats, and then checks that it harmed nobody: the books are right,
 * every event got its answer, and the process is the one it was.
 */
export async function underLoad(
  after: Cleanups,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const postgres = await PostgresServer.start();
  after.add(() => postgres.remove());
  const service = await Service.start({ DATABASE_URL: postgres.url });
  after.add(() => service.remove());
  await service.watch(async () => {
    const { random } = seededRandom();
    const traffic = await Traffic.begin(service, { random });
    after.add(() => traffic.close());
    const { pid } = service;
    traffic.start();
    await traffic.acks(200);
    await play({ random, postgres, service, traffic });
    await traffic.settle();
    await expectUnharmed({ random, postgres, service, traffic });
    expect(service.pid).toBe(pid);
    expect(service.isRunning).toBe(true);
  });
}

/** All books are right, and nobody had to connect again to make them so. */
async function expectUnharmed({ postgres, service, traffic }: Scene): Promise<void> {
  const { ledger, readers, writers } = traffic;
  expect(await ledger.audit(postgres.query, readers)).toEqual([]);
  expect([...ledger.failures.keys()].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
  for (const client of [...readers, ...writers]) {
    expect([client.name, client.unanswered]).toEqual([client.name, 0]);
  }
  expect(traffic.redeliveries).toBe(0);
  expect(service.log.join('')).not.toMatch(/unhandled|"code":"INTERNAL"/i);
}

export const stayedConnected = ({ readers, writers }: Traffic) =>
  [...readers, ...writers].every(({ connections }) => connections === 1);
