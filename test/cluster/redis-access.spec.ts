import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { findFreePort } from '../../src/persistence/embedded-postgres/free-port.js';
import { until } from '../persistence/support/memberships.js';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { startNodes } from '../support/nodes.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { Service } from '../support/service.js';
import {
  chatter,
  close,
  crowdIn,
  expectTypingHeard,
  READY,
  untilReadinessIs,
} from './support/crowd.js';
import { MASTER_NAME, startRedisCluster } from './support/redis-kinds.js';

const USER = 'causerie';
const PASSWORD = 's3cret';
const HOST = '127.0.0.1';

const SENTINEL_USER =
  `${USER} on >${PASSWORD} &+switch-master -@all ` +
  '+sentinel|get-master-addr-by-name +sentinel|sentinels +subscribe';

const after = cleanups();

/** As docs/operations.md has it. */
const documentedRights = (): string[] => {
  const text = readFileSync(join(PACKAGE_ROOT, 'docs/operations.md'), 'utf8');
  const [rule = ''] = /^ACL SETUSER causerie on [^`]*/m.exec(text) ?? [];
  return rule.replaceAll('\\\n', ' ').replace('>PASSWORD', `>${PASSWORD}`).trim().split(/\s+/);
};

async function expectEnough(url: string, servers: readonly RedisServer[]): Promise<void> {
  const [, ...words] = documentedRights();
  for (const server of servers) await server.command('ACL', ...words);
  const service = await startNodes({
    REDIS_URL: url.replace('//', `//${USER}:${PASSWORD}@`),
    RATE_LIMIT_CHAT: '1000/1m',
  });
  after.add(() => service.stop());
  await untilReadinessIs(service.nodes, READY);
  const crowd = await crowdIn(service);
  await chatter(crowd, 'with few rights', 1);
  await expectTypingHeard(crowd);
  close(crowd);
  for (const server of servers) expect(await server.command('ACL', 'LOG')).toEqual([]);
}

describeWithRedis('a user of Redis with the documented rights', () => {
  it('is enough for one server', async () => {
    const redis = await RedisServer.start();
    after.add(() => redis.remove());
    await expectEnough(redis.url, [redis]);
  });

  it('is enough for a Cluster', async () => {
    const { url, masters } = await startRedisCluster(after);
    await expectEnough(url, masters);
  });
});

describeWithRedis('a service that Redis refuses', () => {
  const refusal = async (url: string, cause: string) => {
    const database = await createDatabase();
    after.add(() => database.drop());
    const service = await Service.start({ DATABASE_URL: database.url, REDIS_URL: url });
    after.add(() => service.remove());
    const said = () =>
      service.log
        .join('')
        .split('\n')
        .filter((line) => line.includes(cause));
    await until(cause, () => said().length > 0);
    return said().map((line) => JSON.parse(line) as object);
  };

  it('says why: a password', async () => {
    const redis = await RedisServer.start();
    after.add(() => redis.remove());
    const said = await refusal(redis.url.replace('//', '//nobody:hunter2@'), 'WRONGPASS');
    expect(said[0]).toMatchObject({ level: 'warn', event: 'REDIS_ERROR' });
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });

  it('says why: a right, of a Cluster', async () => {
    const { url, masters } = await startRedisCluster(after);
    for (const master of masters)
      await master.command('ACL', 'SETUSER', 'default', '-cluster|info');
    const said = await refusal(url, 'NOPERM');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ level: 'warn', event: 'REDIS_ERROR' });
  });
});

describeWithRedis('rediss+sentinel', () => {
  it('is encrypted, to the Sentinels and the server, and lets itself in at both', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'causerie-tls-'));
    after.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=redis -keyout ${key} -out ${certificate}`;
    execFileSync('openssl', [...request.split(' '), '-addext', `subjectAltName=IP:${HOST}`], {
      stdio: 'ignore',
    });
    const tls = {
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': certificate,
    };
    const [port, sentinelPort] = [await findFreePort(), await findFreePort()];
    const user = `${USER} on >${PASSWORD} ~* &* +@all`;
    const settings = { ...tls, 'tls-port': String(port), 'tls-auth-clients': 'no' };
    const redis = await RedisServer.start([
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      ...['--user', ...user.split(' ')],
    ]);
    after.add(() => redis.remove());
    const file = join(folder, 'sentinel.conf');
    writeFileSync(
      file,
      [
        ...Object.entries(tls).map(([name, value]) => `${name} ${value}`),
        ...['port 0', `tls-port ${sentinelPort}`, 'tls-auth-clients no', 'tls-replication yes'],
        ...[`bind ${HOST}`, `dir ${folder}`, 'user default off', `user ${SENTINEL_USER}`],
        `sentinel monitor ${MASTER_NAME} ${HOST} ${port} 1`,
      ].join('\n'),
    );
    const sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
    const ended = once(sentinel, 'exit');
    after.add(async () => {
      sentinel.kill('SIGKILL');
      await ended;
    });
    const database = await createDatabase();
    after.add(() => database.drop());
    const service = await Service.start({
      DATABASE_URL: database.url,
      REDIS_URL: `rediss+sentinel://${USER}:${PASSWORD}@${HOST}:${sentinelPort}/${MASTER_NAME}`,
      NODE_EXTRA_CA_CERTS: certificate,
    });
    after.add(() => service.remove());
    await until('Redis', async () =>
      (await (await fetch(`${service.url}/health/ready`)).text()).includes('"redis":"up"'),
    );
    const clients = String(await redis.command('CLIENT', 'LIST')).split('\n');
    const ours = clients.filter((line) => line.includes(' name=causerie'));
    expect(ours).toHaveLength(2);
    for (const line of ours) {
      expect(line).toContain(` laddr=${HOST}:${port} `);
      expect(line).toContain(` user=${USER} `);
    }
  });
});
