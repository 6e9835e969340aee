import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../support/chat-client.js';
import { restClient } from '../support/rest-client.js';
import { freePort, ServiceProcess } from './support/service.js';

const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

describe('development mode, with nothing but a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-development-'));
  const services: ServiceProcess[] = [];
  afterAll(async () => {
    for (const service of services) {
      service.kill('SIGTERM');
      await service.exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (port: number) => {
    const service = new ServiceProcess({ PORT: String(port), DATA_DIR: folder });
    services.push(service);
    await service.printed('Ready in ');
    return service;
  };

  it('prints where everything is and two tokens that work, and keeps all of it', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const first = await start(port);
    for (const place of ['/', '/chat', '/docs', '/health/ready']) {
      expect(first.stdout).toContain(`${url}${place}`);
    }
    for (const path of ['/ws', '/ws/chat']) {
      expect(first.stdout).toContain(`ws://127.0.0.1:${port}${path} (WebSocket)`);
    }
    const [alice = '', bob = '', ...others] = first.stdout.match(TOKEN) ?? [];
    expect(others).toEqual([]);
    const [a, b] = [restClient(url, alice), restClient(url, bob)];
    expect((await a.get('/users/me')).body).toMatchObject({ id: 1, username: 'alice' });
    expect((await b.get('/users/me')).body).toMatchObject({ id: 2, username: 'bob' });

    const created = await a.post('/conversations', { type: 'direct', participantIds: [2] });
    const { id } = created.body as { id: number };
    const [left, right] = [new ChatClient(url, alice), new ChatClient(url, bob)];
    try {
      for (const client of [left, right]) {
        await client.connected();
        await client.join(id);
      }
      await left.send(id, 'hello bob');
      await right.next('message:new');
      await right.send(id, 'hello alice');
    } finally {
      left.close();
      right.close();
    }

    const secret = readFileSync(join(folder, 'development-jwt-secret'), 'utf8');
    expect(statSync(join(folder, 'development-jwt-secret')).mode & 0o077).toBe(0);
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });

    await start(port);
    expect(readFileSync(join(folder, 'development-jwt-secret'), 'utf8')).toBe(secret);
    // The token of before the restart still names its user, and the conversation is there.
    const history = await b.get(`/conversations/private_1_2/messages`);
    expect(history.body).toMatchObject({
      items: [
        { seq: 1, senderId: 1, content: 'hello bob' },
        { seq: 2, senderId: 2, content: 'hello alice' },
      ],
    });
  }, 90_000);

  it('listens on loopback only, and hands out tokens there', async () => {
    const service = services.at(-1);
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(service?.stdout ?? '')?.[1];
    expect(service?.logLines).toContainEqual(
      expect.objectContaining({ event: 'READY', host: '127.0.0.1' }),
    );
    const answer = await restClient(`http://127.0.0.1:${port}`).post('/dev/tokens', { sub: '9' });
    expect(answer.status).toBe(201);
  });
});
