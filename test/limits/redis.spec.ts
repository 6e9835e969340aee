import { expect, it } from 'vitest';
import { findFreePort } from '../../src/persistence/embedded-postgres/free-port.js';
import { setRules } from '../moderation/support/rules.js';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { gather } from '../support/gathering.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';

const SENDS = 60;
const HOUR = 3_600;

const after = cleanups();

async function start(variables: Record<string, string>): Promise<TestApp> {
  const app = await startApp(variables);
  after.add(() => app.stop());
  return app;
}

it('without Redis limits hold, and messages sent at once stay in order, each counted by its text', async () => {
  // Nobody listens there.
  const REDIS_URL = `redis://127.0.0.1:${await findFreePort()}`;
  const app = await start({ REDIS_URL, RATE_LIMIT_CHAT: `${SENDS}/1h` });
  await setRules(app, {
    repeats: { max: 1, seconds: HOUR },
    bursts: { max: SENDS, seconds: HOUR },
  });
  const { id, clients } = await gather(app, ['alice']);
  const [alice] = clients;
  const texts = range(1, SENDS).map((n) => `${'abcdefghij'[n % 10]} number ${n}`);
  const acks = await Promise.all(
    texts.map((content) => alice.request('message:send', { conversationId: id, content })),
  );
  expect(acks.filter(({ success }) => !success)).toEqual([]);
  const { messages } = await alice.expect('conversation:history', {
    conversationId: id,
    limit: SENDS,
  });
  expect((messages as { content: string }[]).map(({ content }) => content)).toEqual(texts);
  const late = await alice.request('message:send', { conversationId: id, content: 'one more' });
  expect(late).toMatchObject(aFailure('RATE_LIMITED'));
  expect(late.error?.retryAfter).toBeGreaterThan(HOUR - 60);
});

describeWithRedis('with Redis', () => {
  it('sends are counted there, and in the database once it is gone', async () => {
    const redis = await RedisServer.start();
    after.add(() => redis.remove());
    const app = await start({
      REDIS_URL: redis.url,
      REDIS_PREFIX: 'mine',
      RATE_LIMIT_CHAT: '2/1h',
    });
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    const keys = users.map((user) => `chat:2/${HOUR}:${user.id}`);
    const says = async (client: typeof alice) => {
      const payload = { conversationId: id, content: 'hello' };
      const { success, error } = await client.request('message:send', payload);
      return success || error?.code;
    };
    for (const expected of [true, true, 'RATE_LIMITED']) expect(await says(alice)).toBe(expected);
    expect(await redis.command('GET', `mine:limits:${keys[0]}`)).toBe('3');
    await redis.down();
    for (const expected of [true, true, 'RATE_LIMITED']) expect(await says(bob)).toBe(expected);
    expect(await says(alice)).toBe('RATE_LIMITED');
    const rows = await app.database.query(`SELECT key, points FROM rate_limits`);
    expect(rows).toContainEqual({ key: keys[1], points: 3 });
  });
});
