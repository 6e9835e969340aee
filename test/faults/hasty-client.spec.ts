import { afterAll, beforeAll, describe, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor } from '../support/tokens.js';

const LOOK_EVERY_MS = 10;
const [alice, bob] = [someone('alice'), someone('bob')];
let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.stop());

/** Keeps everybody from reading who takes part where, while `body` runs. */
async function withParticipantsLocked(body: () => Promise<void>): Promise<void> {
  const session = new pg.Client({ connectionString: app.database.url });
  await session.connect();
  try {
    await session.query('BEGIN; LOCK TABLE participants IN ACCESS EXCLUSIVE MODE');
    await body();
  } finally {
    await session.query('ROLLBACK');
    await session.end();
  }
}

async function connectionCountBecomes(count: number): Promise<void> {
  while (app.get(Registry).connectionCount !== count) await delay(LOOK_EVERY_MS);
}

describe('a client that is gone before its session is open', () => {
  it('does not stay online for ever', async () => {
    const conversationId = await app.conversation([alice, bob]);
    const watcher = await app.connect(alice);
    await watcher.join(conversationId);

    await withParticipantsLocked(async () => {
      const hasty = app.dial(await tokenFor(bob));
      await connectionCountBecomes(2);
      hasty.close();
      await connectionCountBecomes(1);
    });

    const patient = await app.connect(bob);
    await patient.expect('conversation:list');
    patient.close();
    await watcher.next('user:offline', ({ userId }) => userId === bob.id);
    const heard = (event: string) => watcher.received(event).length;
    while (heard('user:online') !== heard('user:offline')) await delay(LOOK_EVERY_MS);
  });
});
