import { afterEach, beforeEach, expect, it } from 'vitest';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { clientsOf, type TestClients } from '../support/clients.js';
import { PostgresServer } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';
import { Service } from '../support/service.js';
import type { Speaker } from '../support/speaker.js';
import { CHAT, everywhere, VEZA } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { UNLIMITED } from './support/cluster.js';
import { DEGRADED, READY, readinessOf, untilAway, untilReadinessIs } from './support/crowd.js';
import { end } from './support/endings.js';
import { describeWithNamespaces, Namespace } from './support/namespace.js';

const after = cleanups();

/** One node on this machine, one behind wires that a test can cut. */
describeWithNamespaces('a node that is cut off silently', () => {
  let namespace: Namespace;
  let near: Service;
  let far: Service;
  let postgres: PostgresServer;

  beforeEach(async () => {
    namespace = new Namespace();
    after.add(() => namespace.remove());
    postgres = await PostgresServer.start();
    after.add(() => postgres.remove());
    const redis = await RedisServer.start();
    after.add(() => redis.remove());
    const atRedis = await namespace.offer('redis', redis.port);
    const database = new URL(postgres.url);
    const atPostgres = new URL(postgres.url);
    atPostgres.host = await namespace.offer('postgres', Number(database.port));
    near = await Service.start({ ...UNLIMITED, DATABASE_URL: postgres.url, REDIS_URL: redis.url });
    after.add(() => near.remove());
    const { command, host } = namespace;
    const variables = { DATABASE_URL: atPostgres.href, REDIS_URL: `redis://${atRedis}` };
    far = await Service.start({ ...UNLIMITED, ...variables }, { command, host });
    after.add(() => far.remove());
    await untilReadinessIs([near, far], READY);
  }, 60_000);
  afterEach(() => namespace.remove());

  interface Scene {
    readonly id: number;
    readonly admin: TestUser;
    readonly here: TestClients;
    readonly there: TestClients;
    readonly speakers: readonly [near: Speaker, far: Speaker];
    readonly victim: TestUser;
    readonly victims: readonly Speaker[];
    /** By both, in turns, at the nodes given; resolves with the id of the last. */
    readonly say: (text: string, by?: readonly (0 | 1)[]) => Promise<number>;
    /** Both have heard all that was said, once, in order. */
    readonly expectAllHeard: () => Promise<void>;
  }

  async function begin(): Promise<Scene> {
    const [here, there] = [near, far].map(({ url }) => clientsOf(url)) as [
      ReturnType<typeof clientsOf>,
      ReturnType<typeof clientsOf>,
    ];
    after.add(() => [here, there].forEach((clients) => clients.close()));
    const admin = someone('admin', ['admin']);
    const [alice, bob, victim] = [someone('alice'), someone('bob'), someone('victim')];
    const id = await near.conversation([admin, alice, bob, victim]);
    const [first] = await everywhere(here, alice, id, [CHAT]);
    const [second] = await everywhere(there, bob, id, [CHAT]);
    const victims = await everywhere(there, victim, id, [CHAT, VEZA]);
    if (!first || !second) throw new Error('Both are there');
    const speakers = [first, second] as const;
    return {
      ...{ id, admin, here, there, speakers, victim, victims },
      say: async (text, by = [0, 1]) => {
        let last = 0;
        for (const n of range(1, 5)) {
          for (const speaker of by) last = (await speakers[speaker].say(id, `${text} ${n}`)).id;
        }
        return last;
      },
      expectAllHeard: async () => {
        const rows = await postgres.query(
          'SELECT id FROM messages WHERE conversation_id = $1 ORDER BY seq',
          [id],
        );
        const stored = rows.map((row) => Number(row.id));
        for (const speaker of speakers) {
          await speaker.hearsMessage(stored.at(-1) ?? 0);
          expect(speaker.messages.map((message) => message.id)).toEqual(stored);
        }
      },
    };
  }

  it('from Redis goes on, tells and hears everything by the log, and of bans by the journal', async () => {
    const { say, expectAllHeard, ...scene } = await begin();
    await say('before');
    namespace.cut('redis');
    await say('as it goes');
    await untilReadinessIs([far], DEGRADED);
    expect(await readinessOf(near)).toEqual(READY);
    await say('without Redis');
    await expectAllHeard();
    await end(scene.here, scene, scene.victim, 'ban');
    const last = await say('after the answer');
    await scene.speakers[1].hearsMessage(last);
    await Promise.all(scene.victims.map((speaker) => speaker.settled()));
    const late = scene.victims.flatMap(({ messages }) =>
      messages.filter(({ text }) => text.startsWith('after the answer')),
    );
    expect(late).toEqual([]);
    namespace.mend('redis');
    await untilReadinessIs([far], READY);
    await say('with Redis');
    await expectAllHeard();
  }, 120_000);

  it('from PostgreSQL does nothing for anybody, tells nobody anything, and is whole as it is back', async () => {
    const { say, expectAllHeard, ...scene } = await begin();
    await say('before');
    await expectAllHeard();
    namespace.cut('postgres');
    await untilAway([far]);
    const [, cutOff] = scene.speakers;
    await expect(cutOff.say(scene.id, 'to nobody')).rejects.toThrow('UNAVAILABLE');
    await end(scene.here, scene, scene.victim, 'ban');
    await say('after the answer', [0]);
    expect((await (await scene.there.as(scene.admin)).get('/conversations')).status).toBe(503);
    namespace.mend('postgres');
    await untilReadinessIs([far], READY);
    const last = await say('together again');
    await cutOff.hearsMessage(last);
    await Promise.all(scene.victims.map((speaker) => speaker.settled()));
    const late = scene.victims.flatMap(({ messages }) =>
      messages.filter(({ text }) => !text.startsWith('before')),
    );
    expect(late).toEqual([]);
    await expectAllHeard();
  }, 120_000);
});
