import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Server } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';
import { expectProblem } from '../rest/support/problems.js';

const TIMEOUT_MS = 400;
const after = cleanups();

describe('the HTTP server', () => {
  it('has bounds for whatever a client may take its time with', async () => {
    const app = await startApp();
    after.add(() => app.stop());
    const server = app.get(HttpAdapterHost).httpAdapter.getHttpServer() as Server;
    expect(server).toMatchObject({
      headersTimeout: 30_000,
      requestTimeout: 300_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    });
  });
});

describe('a slow client', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp({ HTTP_TIMEOUT_MS: String(TIMEOUT_MS) })));
  afterAll(() => app.stop());

  /** Never silent, and never done. */
  async function drip(head: string, drop: string): Promise<string> {
    const peer = await RawPeer.connect(app.url);
    after.add(() => peer.close());
    let heard = '';
    peer.socket.on('data', (data: Buffer) => (heard += data.toString()));
    peer.write(head);
    const dripping = setInterval(() => peer.write(drop), 20);
    await peer.ended().finally(() => clearInterval(dripping));
    return heard;
  }

  it.each([
    ['a request line', '', 'G'],
    ['headers', 'GET /users/me HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'],
    ['a header without an end', 'GET /users/me HTTP/1.1\r\nX-Long: ', 'a'],
    ['an upgrade', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n', 'X-A: b\r\n'],
  ])('that never ends %s is hung up on', async (_, head, drop) => {
    const answer = await drip(head, drop);
    expect(answer).toMatch(/^HTTP\/1\.1 (408|400|431) /);
  });

  it('that never ends its body is hung up on', async () => {
    const head = [
      'POST /conversations HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${await tokenFor(someone('slow'))}`,
      'Content-Type: application/json',
      'Content-Length: 200000',
    ];
    const answer = await drip(`${head.join('\r\n')}\r\n\r\n`, ' ');
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('that says nothing at all is hung up on', async () => {
    const peer = await RawPeer.connect(app.url);
    after.add(() => peer.close());
    await peer.ended();
  });

  it('of a WebSocket may be silent as long as it likes', async () => {
    const client = await app.salon(someone('quiet'));
    await new Promise((resolve) => setTimeout(resolve, 3 * TIMEOUT_MS));
    await client.settled();
  });
});

describe('JSON', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const BOMBS: [string, string][] = [
    ['nested 17 levels', deep(17)],
    ['nested a hundred thousand levels', deep(100_000)],
    ['of ten thousand values and more', JSON.stringify(Array(10_001).fill(0))],
    [
      'of ten thousand keys',
      JSON.stringify(Object.fromEntries(range(1, 10_000).map((n) => [n, 0]))),
    ],
  ];

  it.each(BOMBS)('%s is 400 wherever it is sent', async (_, bomb) => {
    const client = await app.as(someone('bomber'));
    for (const body of [
      `{"type":"private","title":${bomb}}`,
      `{"variables":${bomb},"query":"{chatRooms{id}}"}`,
    ]) {
      for (const path of ['/conversations', '/graphql', '/nowhere']) {
        expectProblem(await client.post(path, body), 'VALIDATION_FAILED', 400);
      }
    }
  });

  it('of 256 KB is read, and of more is 413', async () => {
    const client = await app.as(someone('talkative'));
    const body = (bytes: number) => `{"type":"private"${' '.repeat(bytes - 19)}}`.padEnd(bytes);
    expect((await client.post('/conversations', body(256 * 1024))).status).toBe(201);
    expectProblem(await client.post('/conversations', body(256 * 1024 + 1)), 'FILE_TOO_LARGE', 413);
  });
});
