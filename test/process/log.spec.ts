import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../support/chat-client.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { restClient } from '../support/rest-client.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';
import { freePort, ServiceProcess } from './support/service.js';

const MARKER = 'zx81marker';

describe('the log', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let url: string;
  const tokens: string[] = [];
  const alice = someone('alice');

  beforeAll(async () => {
    database = await createDatabase();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = new ServiceProcess({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
      DRAIN_DELAY_MS: '0',
      // As much as there is to log.
      LOG_LEVEL: 'trace',
    });
    await service.ready();
    await talk();
    service.kill('SIGTERM');
    await service.exited;
  });
  afterAll(async () => {
    await service.end();
    await database.drop();
  });

  /** Everything that could slip into a line: content, titles, names, tokens, good and bad. */
  async function talk(): Promise<void> {
    const good = await tokenFor(alice);
    const bad = await tokenFor(alice, { secret: `${MARKER} of more than 32 bytes, but wrong` });
    tokens.push(good, bad);
    const rest = restClient(url, good);
    const created = await rest.post('/conversations', { type: 'private', title: MARKER });
    const { id: conversationId } = created.body as { id: number };
    await rest.post(`/conversations/${conversationId}/messages`, { content: MARKER });
    await rest.post('/conversations', { type: MARKER });
    await rest.post('/conversations', `{"${MARKER}`);
    await rest.get(`/users/me?token=${good}&access_token=${good}`);
    await rest.get(`/nothing/${MARKER}`);
    await restClient(url, bad).get('/users/me');

    const options = { auth: {}, query: { token: good }, transports: ['polling', 'websocket'] };
    const client = new ChatClient(url, '', options);
    await client.connected();
    await client.join(conversationId);
    await client.send(conversationId, MARKER, { clientMessageId: MARKER });
    await client.request('message:send', { conversationId, content: `${MARKER}\0` });
    await client.request('no:such:event', { token: good, content: MARKER });
    await client.request('message:edit', { messageId: 1, content: `${MARKER} edited` });
    client.close();

    const refused = new ChatClient(url, '', { auth: {}, query: { token: bad } });
    await refused.refused();
    refused.close();
    const headers = { extraHeaders: { authorization: `Bearer ${bad}` }, auth: {} };
    const again = new ChatClient(url, '', headers);
    await again.refused();
    again.close();
    // The server's own end of the connection is logged a moment after the client's.
    await service.printed('"event":"WS_DISCONNECT"');
  }

  it('is one JSON object per line, with time, level and what happened', () => {
    const lines = service.stdout.split('\n').filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        level: expect.stringMatching(/^(trace|debug|info|warn|error|fatal)$/),
      });
    }
    expect(service.stderr).toBe('');
  });

  it('tells of start, connections and stop', () => {
    const events = service.logLines.map((line) => line.event);
    for (const event of ['READY', 'WS_CONNECT', 'WS_DISCONNECT', 'STOPPING']) {
      expect(events).toContain(event);
    }
    const connect = service.logLines.find((line) => line.event === 'WS_CONNECT');
    expect(connect).toMatchObject({ dialect: 'chat', userId: String(alice.id) });
    expect(connect?.connectionId).toEqual(expect.any(String));
  });

  it('holds no message content, nor anything else that clients wrote', () => {
    expect(service.stdout).not.toContain(MARKER);
  });

  it('holds no tokens: no part of one, good or bad', () => {
    expect(tokens).toHaveLength(2);
    for (const token of tokens) {
      for (const part of token.split('.').slice(1)) expect(service.stdout).not.toContain(part);
    }
    expect(service.stdout).not.toMatch(/eyJ[\w-]{8,}/);
    expect(service.stdout).not.toContain(SECRET);
  });

  it('holds no password of the database', () => {
    const { password } = new URL(database.url);
    if (password !== '') expect(service.stdout).not.toContain(password);
  });
});
