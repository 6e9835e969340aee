import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { Nodes } from '../../src/core/ports/nodes.js';
import { startNodes, type TestNodes } from '../support/nodes.js';
import { within } from '../support/patience.js';
import { describeWithRedis } from '../support/redis-server.js';
import { someone } from '../support/tokens.js';

const LOOK_EVERY_MS = 10;

describeWithRedis('a node whose lease ran out while it read', () => {
  let service: TestNodes;
  beforeAll(async () => void (service = await startNodes()));
  afterAll(() => service.stop());

  /** Nobody reads or writes there until the session ends. */
  const locked = async (table: string): Promise<pg.Client> => {
    const session = new pg.Client({ connectionString: service.database.url });
    await session.connect();
    await session.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return session;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await delay(LOOK_EVERY_MS);
  };

  it('does not answer what it read before, and answers when it is asked again', async () => {
    const [app] = service.nodes;
    const nodes = app.get(Nodes);
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const rest = await app.as(alice);
    const path = `/conversations/${id}/messages`;
    expect((await rest.get(path)).status).toBe(200);
    const messages = await locked('messages');
    const answer = rest.get(path);
    const before = nodes.term;
    const leases = await locked('nodes');
    await within(
      'the end of its lease',
      until(() => !nodes.isCurrent),
    );
    await leases.end();
    await within(
      'another lease',
      until(() => nodes.term !== before),
    );
    await messages.end();
    expect(await answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect((await rest.get(path)).status).toBe(200);
  });
});
