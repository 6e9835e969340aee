import { Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../src/app.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { readEnvironment } from '../../src/config/environment.js';
import { OriginPolicy } from '../../src/transport/origin-policy.js';
import { TransportAdapter } from '../../src/transport/transport.adapter.js';
import { TransportModule } from '../../src/transport/transport.module.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FrameClient } from '../support/frame-client.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';
import { EchoGateway } from './support/echo.gateway.js';

@Module({})
class TestModule {}

describe('a gateway with a path', () => {
  let database: TestDatabase;
  let app: NestExpressApplication;
  const clients: FrameClient[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    const environment = readEnvironment({ NODE_ENV: 'test', JWT_SECRET: SECRET });
    const auth = AuthModule.register({ secret: SECRET });
    const options = { environment, auth, databaseUrl: database.url, developmentSecret: null };
    const imports = [AppModule.with(options), TransportModule];
    const module = { module: TestModule, imports, providers: [EchoGateway] };
    app = await NestFactory.create<NestExpressApplication>(module);
    app.useWebSocketAdapter(new TransportAdapter(app, new OriginPolicy(environment), 25_000));
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await app.close();
    await database.drop();
  });

  async function dial(path: string, name = 'alice', subprotocols = ['x', 'echo']) {
    const url = (await app.getUrl()).replace('http', 'ws');
    const token = await tokenFor(someone(name));
    const client = new FrameClient(`${url}${path}?token=${token}`, { subprotocols });
    clients.push(client);
    return client;
  }

  async function connect(path: string, name?: string): Promise<FrameClient> {
    const client = await dial(path, name);
    await client.opened();
    return client;
  }

  it('takes an event through guard, pipe, handler and interceptor, to the client', async () => {
    const client = await connect('/test/b%C3%BCro');
    expect(await client.request('echo', { word: 'hello' }, 'echo')).toEqual({
      ...{ word: 'HELLO', user: 'alice', room: 'büro', isStamped: true },
    });
    expect(client.socket.protocol).toBe('echo');
  });

  it.each([
    ['what its guard refuses', 'echo', { word: 'rude' }, 'PERMISSION_DENIED'],
    ['what its handler fails at', 'echo', { word: 'wrong' }, 'INTERNAL'],
    ['what it has no handler for', 'sing', {}, 'VALIDATION_FAILED'],
  ])('answers %s in the words of the dialect', async (_, event, data, code) => {
    const client = await connect('/test/7');
    expect(await client.request(event, data, 'error')).toEqual({ code, event, room: '7' });
    await client.request('echo', { word: 'still here' }, 'echo');
  });

  it('hears of clients that come and go', async () => {
    const { visits } = app.get(EchoGateway);
    const client = await connect('/test/7', 'visitor');
    await client.request('echo', {}, 'echo');
    expect(visits).toContain('visitor came');
    client.close();
    while (!visits.includes('visitor went')) await new Promise((resolve) => setImmediate(resolve));
    expect(visits.filter((visit) => visit.startsWith('visitor'))).toHaveLength(2);
  });

  it('has a size of frame of its own', async () => {
    const client = await connect('/test/7');
    await client.request('echo', {}, 'echo');
    client.send('echo', { word: 'x'.repeat(1_000) });
    expect((await client.closed()).code).toBe(1009);
  });

  it.each(['/test', '/test/', '/test/a/b', '/test/%ZZ'])('is not found at %s', async (path) => {
    expect(await (await dial(path)).refused()).toBe(404);
  });

  it('stands beside the others', async () => {
    const client = await dial('/ws/chat', 'alice', []);
    await client.opened();
    await client.settled();
  });
});
