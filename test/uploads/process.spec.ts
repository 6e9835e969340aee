import { describe, expect, it } from 'vitest';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { restClient, type RestAnswer } from '../support/rest-client.js';
import { Service } from '../support/service.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { png, textFile } from './support/files.js';
import { CONTENT_TYPE, multipart } from './support/multipart.js';
import { incoming, keptFiles, refusal, upload, uploaded } from './support/uploading.js';

const MB = 1024 * 1024;
/** In a form, where its file is to be. */
const PLACE = '(here)';

const after = cleanups();

async function begin(variables: Record<string, string> = {}) {
  const database = await createDatabase();
  after.add(() => database.drop());
  const dataDir = await mkdtemp(join(tmpdir(), 'causerie-uploads-'));
  after.add(() => rm(dataDir, { recursive: true, force: true }));
  const service = await Service.start({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    RATE_LIMIT_UPLOADS: 'off',
    ...variables,
  });
  after.add(() => service.remove());
  const alice = someone('alice');
  const id = await service.conversation([alice]);
  return { service, dataDir, database, alice, id };
}

/** Text, a megabyte at a time: the test does not have it whole, either. */
function* longForm(conversationId: number, megabytes: number): Generator<Uint8Array> {
  const file = { name: 'file', parameter: 'filename="long.txt"', type: 'text/plain' };
  const { body } = multipart([
    { name: 'conversationId', content: String(conversationId) },
    { ...file, content: PLACE },
  ]);
  const place = body.indexOf(PLACE);
  yield new Uint8Array(body.subarray(0, place));
  const part = new Uint8Array(MB).fill(97);
  for (let sent = 0; sent < megabytes; sent++) yield part;
  yield new Uint8Array(body.subarray(place + PLACE.length));
}

describe('a file of 200 MB', () => {
  it('passes through the service without ever being whole in its memory', async () => {
    const { service, dataDir, alice, id } = await begin({ UPLOAD_MAX_BYTES: String(250 * MB) });
    await service.watch(async () => {
      // Whatever is loaded at first is there by now.
      await uploaded(service, alice, id, textFile());
      const before = await service.memory();
      const authorization = `Bearer ${await tokenFor(alice)}`;
      const response = await fetch(`${service.url}/uploads`, {
        method: 'POST',
        headers: { authorization, 'content-type': CONTENT_TYPE },
        body: ReadableStream.from(longForm(id, 200)),
        duplex: 'half',
      });
      const answer = (await response.json()) as { size: number; url: string };
      expect([response.status, answer.size]).toEqual([201, 200 * MB]);
      const download = await fetch(service.url + answer.url, { headers: { authorization } });
      let read = 0;
      for await (const chunk of download.body ?? []) read += (chunk as Uint8Array).length;
      expect(read).toBe(200 * MB);
      const { peak } = await service.memory();
      expect(peak - before.peak).toBeLessThan(100 * MB);
      expect(await incoming({ dataDir })).toEqual([]);
    });
  }, 120_000);
});

const hasLimits = spawnSync('prlimit', ['--version']).status === 0;
const withLimits = hasLimits ? describe : describe.skip;
if (!hasLimits) process.stderr.write('SKIPPED: a disk that is full: needs prlimit\n');

withLimits('a disk that is full', () => {
  /** Writes beyond that many bytes of a file fail; null: nothing fails any more. */
  function limit({ pid }: Service, bytes: number | null): void {
    const soft = bytes ?? 'unlimited';
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:unlimited`]);
  }

  /** Of fewer bytes than that. */
  function black(most: number): Buffer {
    const bytes = png(4_000, 4_000);
    expect(bytes.length).toBeLessThan(most);
    return bytes;
  }

  const noise = (): Buffer => Buffer.from(randomBytes(MB).toString('base64'));

  async function talk({ url }: Service, user: TestUser, id: number): Promise<RestAnswer> {
    const client = restClient(url, await tokenFor(user));
    return client.post(`/conversations/${id}/messages`, { content: 'still here' });
  }

  it.each<[string, number, () => { bytes: Buffer; type: string }]>([
    ['while a file comes in', 100_000, () => ({ bytes: noise(), type: 'text/plain' })],
    // Small as it comes, large as it is written.
    ['while an image is written anew', 8_000, () => ({ bytes: black(8_000), type: 'image/png' })],
  ])(
    '%s: the upload is UNAVAILABLE, nothing is left, and the chat goes on',
    async (_, most, make) => {
      const { service, dataDir, database, alice, id } = await begin();
      await service.watch(async () => {
        const { pid } = service;
        const file = { ...make(), name: 'large' };
        limit(service, most);
        const answers = await Promise.all(
          Array.from({ length: 5 }, () => upload(service, alice, id, file)),
        );
        for (const answer of answers) {
          expect(refusal(answer)).toEqual({ status: 503, code: 'UNAVAILABLE', fields: undefined });
        }
        expect(await incoming({ dataDir })).toEqual([]);
        expect(await keptFiles({ dataDir })).toEqual([]);
        expect(await database.query('SELECT id FROM uploads')).toEqual([]);
        await uploaded(service, alice, id, textFile());
        expect((await talk(service, alice, id)).status).toBe(201);
        limit(service, null);
        await uploaded(service, alice, id, file);
        expect(service.pid).toBe(pid);
        expect(await service.readiness()).toBe(200);
      });
    },
    60_000,
  );
});
