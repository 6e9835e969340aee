import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpAdapterHost } from '@nestjs/core';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import pg from 'pg';
import { Workspace } from '../../src/core/ports/workspace.js';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { within } from '../support/patience.js';
import { RawPeer } from '../support/raw-peer.js';
import { tokenFor, type TestUser } from '../support/tokens.js';
import { textFile } from './support/files.js';
import { CONTENT_TYPE, multipart } from './support/multipart.js';
import {
  eventually,
  incoming,
  invalid,
  keptFiles,
  pair,
  post,
  refusal,
  uploaded,
} from './support/uploading.js';

const after = cleanups();
let app: TestApp;
let alice: TestUser;
let id: number;
beforeAll(async () => {
  app = await startApp();
  ({ alice, id } = await pair(app));
});
afterAll(() => app.stop());

const file = (content: string) => ({
  name: 'file',
  parameter: 'filename="a.txt"',
  type: 'text/plain',
  content,
});
const whole = () =>
  multipart([{ name: 'conversationId', content: String(id) }, file('x'.repeat(1_000))]);

describe('a body that is no form', () => {
  it.each<[string, () => [Buffer, string], string]>([
    ['JSON', () => [Buffer.from('{"file":"x"}'), 'application/json'], 'file'],
    ['bare bytes', () => [Buffer.from('x'), 'application/octet-stream'], 'file'],
    ['a form without a boundary', () => [whole().body, 'multipart/form-data'], 'body'],
    ['a form of another boundary', () => [whole().body, `${CONTENT_TYPE}-2`], 'body'],
    ['a form that breaks off', () => [whole().body.subarray(0, -40), CONTENT_TYPE], 'body'],
    [
      'a form that breaks off in a head',
      () => [whole().body.subarray(0, 150), CONTENT_TYPE],
      'body',
    ],
    [
      'a form without an end',
      () => [multipart([file('x')], { ends: false }).body, CONTENT_TYPE],
      'body',
    ],
    ['nothing', () => [Buffer.alloc(0), CONTENT_TYPE], 'body'],
    [
      'a file without a name',
      () => [multipart([{ ...file('x'), parameter: 'a=b', type: 'image/png' }]).body, CONTENT_TYPE],
      'file',
    ],
  ])('%s is refused, and leaves nothing', async (_, make, field) => {
    const [body, type] = make();
    const before = await keptFiles(app);
    expect(refusal(await post(app, alice, new Uint8Array(body), type))).toEqual(invalid(field));
    expect(await incoming(app)).toEqual([]);
    expect(await keptFiles(app)).toEqual(before);
  });

  it('names like those of the language’s own objects change nothing', async () => {
    const { body, type } = multipart([
      { name: '__proto__[polluted]', content: 'yes' },
      { name: 'constructor[prototype][polluted]', content: 'yes' },
      { name: 'conversationId', content: String(id) },
      file('x'),
    ]);
    const answer = await post(app, alice, new Uint8Array(body), type);
    expect(refusal(answer)).toEqual(invalid('body'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a client that hangs up', () => {
  /** The head of an upload, and as much of its body as the test wants. */
  async function begin(body: Buffer, length: number): Promise<RawPeer> {
    const peer = await RawPeer.connect(app.url);
    const head = [
      'POST /uploads HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${await tokenFor(alice)}`,
      `Content-Type: ${CONTENT_TYPE}`,
      `Content-Length: ${length}`,
    ];
    peer.write(`${head.join('\r\n')}\r\n\r\n`);
    peer.write(body);
    return peer;
  }

  it('in the middle of its file leaves nothing, and nobody else notices', async () => {
    const { body } = multipart([file('x'.repeat(200_000))], { ends: false });
    const before = await keptFiles(app);
    const peer = await begin(body, 10_000_000);
    await eventually('a file that grows', async () =>
      (await incoming(app)).some((name) => name.endsWith('file')),
    );
    peer.close();
    await eventually('the file to go', async () => (await incoming(app)).length === 0);
    expect(await keptFiles(app)).toEqual(before);
    await uploaded(app, alice, id, textFile());
  });

  it('before its file is looked at leaves nothing, either', async () => {
    const server = app.get(HttpAdapterHost).httpAdapter.getHttpServer() as Server;
    const use = vi.spyOn(app.get(Workspace), 'use');
    // Its first question waits for as long as the test wants.
    const lock = await lockUploads();
    const connection = once(server, 'connection') as Promise<[Socket]>;
    const peer = await begin(Buffer.from('--made'), 1_000);
    const [socket] = await connection;
    await lock.somebodyWaits();
    // Not `once`: an error comes before it.
    const closed = new Promise((resolve) => socket.once('close', resolve));
    peer.close();
    await closed;
    await lock.release();
    await eventually('the upload', () => Promise.resolve(use.mock.results.length > 0));
    const work = use.mock.results[0]?.value as Promise<unknown>;
    await expect(within('its end', work)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await incoming(app)).toEqual([]);
    use.mockRestore();
  });
});

async function lockUploads() {
  const session = new pg.Client({ connectionString: app.database.url });
  session.on('error', () => undefined);
  await session.connect();
  after.add(() => session.end());
  await session.query('BEGIN');
  await session.query('LOCK TABLE uploads IN ACCESS EXCLUSIVE MODE');
  return {
    somebodyWaits: () =>
      eventually('somebody to wait', async () => {
        const rows = await app.database.query(
          `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'uploads'::regclass`,
        );
        return rows.length > 0;
      }),
    release: () => session.query('COMMIT'),
  };
}
