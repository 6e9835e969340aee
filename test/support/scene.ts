import { afterAll, beforeAll, expect } from 'vitest';
import { cleanups } from './cleanups.js';
import { PostgresServer } from './postgres-server.js';
import { seededRandom, type Random } from './seeded-random.js';
import { Service } from './service.js';
import { Traffic } from './traffic.js';

/** A service under load, and its database. */
export interface Scene {
  readonly random: Random;
  readonly postgres: PostgresServer;
  readonly service: Service;
  readonly traffic: Traffic;
}

type UnderLoad = (play: (scene: Scene) => Promise<void>) => Promise<void>;

/**
 * For the faults of one suite, all of which one service has to live through. Each is played while a
 * crowd of its own chats, and then must have harmed nobody: the books are right, every event got
 * its answer, and the process is the one it was.
 */
export function oneService(): UnderLoad {
  let postgres: PostgresServer;
  let service: Service;
  beforeAll(async () => {
    postgres = await PostgresServer.start();
    service = await Service.start({ DATABASE_URL: postgres.url });
  }, 60_000);
  afterAll(async () => {
    await service.remove();
    await postgres.remove();
  });
  const after = cleanups();

  return (play) =>
    service.watch(async () => {
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
