import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadinessService } from '../../src/health/readiness.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { restClient } from '../support/rest-client.js';

describe('health', () => {
  let app: TestApp;
  beforeEach(async () => void (app = await startApp()));
  afterEach(() => app.stop());

  const get = (path: string) => restClient(app.url).get(`/health/${path}`);

  it('GET /health/live answers anyone, whatever the state', async () => {
    for (const state of ['starting', 'ready', 'draining'] as const) {
      app.get(ReadinessService).state = state;
      expect(await get('live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    }
  });

  it('GET /health/ready answers 200 when the node should be given work', async () => {
    const body = { status: 'ready', database: 'up' };
    expect(await get('ready')).toMatchObject({ status: 200, body });
  });

  it.each(['starting', 'draining'] as const)('GET /health/ready is 503 while %s', async (state) => {
    app.get(ReadinessService).state = state;
    const body = { status: state, database: 'up' };
    expect(await get('ready')).toMatchObject({ status: 503, body });
  });

  it('GET /health/ready is 503 without the database; the process lives on', async () => {
    await app.database.drop();
    const body = { status: 'unavailable', database: 'down' };
    expect(await get('ready')).toMatchObject({ status: 503, body });
    expect(await get('live')).toMatchObject({ status: 200 });
  });
});
