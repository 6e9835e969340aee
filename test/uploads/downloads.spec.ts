import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { pictureFile, textFile } from './support/files.js';
import { bytesOf, download, pair, uploaded, type Uploaded } from './support/uploading.js';

const TEXT = '0123456789';

let app: TestApp;
let alice: TestUser;
let bob: TestUser;
let id: number;
let text: Uploaded;
let image: Uploaded;
beforeAll(async () => {
  app = await startApp();
  ({ alice, bob, id } = await pair(app));
  text = await uploaded(app, alice, id, textFile(TEXT));
  image = await uploaded(app, alice, id, await pictureFile('png'));
});
afterAll(() => app.stop());

const storedAt = ({ id: uploadId }: Uploaded) =>
  join(app.dataDir, 'uploads/files', uploadId.slice(0, 2), uploadId);

/** Not by `fetch`, which asks caches to be left out as soon as it is given such a header. */
async function statusFor(etag: string): Promise<number | undefined> {
  const authorization = `Bearer ${await tokenFor(bob)}`;
  const request = get(app.url + text.url, { headers: { authorization, 'if-none-match': etag } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe('a participant', () => {
  it('gets a file with all that keeps browsers from running or sharing it', async () => {
    const response = await download(app, bob, text.url);
    expect([response.status, await response.text()]).toEqual([200, TEXT]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'content-disposition': 'attachment; filename="notes.txt"',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'accept-ranges': 'bytes',
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  it('gets an image and its thumbnail to be shown in place', async () => {
    for (const [url, type] of [
      [image.url, 'image/png'],
      [image.thumbnailUrl, 'image/webp'],
    ] as const) {
      const { status, headers } = await download(app, bob, url ?? '');
      expect([status, headers.get('content-type')]).toEqual([200, type]);
      expect(headers.get('content-disposition')).toMatch(/^inline/);
    }
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-500', '56789', 'bytes 5-9/10'],
  ])('gets %s of it', async (range, part, place) => {
    const response = await download(app, bob, text.url, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, place]);
    expect(await response.text()).toBe(part);
  });

  it('is told how long it is when asking for more', async () => {
    const response = await download(app, bob, text.url, { headers: { range: 'bytes=10-' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(await response.json()).toMatchObject({ status: 416, code: 'VALIDATION_FAILED' });
  });

  it('need not fetch again what it has', async () => {
    const { headers } = await download(app, bob, text.url);
    const etag = headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    expect(await statusFor(etag)).toBe(304);
    expect(await statusFor('"other"')).toBe(200);
  });

  it('may ask for the head alone', async () => {
    const response = await download(app, bob, text.url, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '10']);
    expect((await bytesOf(response)).length).toBe(0);
  });

  it('may have its token in the URL, as an <img> has it', async () => {
    const token = await tokenFor(bob);
    for (const path of [image.url, image.thumbnailUrl]) {
      expect((await fetch(`${app.url}${path}?token=${token}`)).status).toBe(200);
    }
  });
});

describe('a file is kept from', () => {
  it('strangers, its thumbnail, too', async () => {
    for (const path of [image.url, image.thumbnailUrl ?? '']) {
      const response = await download(app, someone('eve'), path);
      expect(response.status).toBe(403);
      expect(response.headers.get('content-disposition')).toBeNull();
      expect(await response.json()).toMatchObject({ code: 'PERMISSION_DENIED' });
    }
  });

  it('those without a valid token', async () => {
    const expired = await tokenFor(bob, { expiresIn: -60 });
    for (const query of [
      '',
      '?token=',
      '?token=nonsense',
      `?token=${expired}`,
      '?token=a&token=b',
    ]) {
      const response = await fetch(app.url + text.url + query);
      expect([query, response.status]).toEqual([query, 401]);
    }
  });

  it('those who were removed, also where they had it', async () => {
    const carol = someone('carol');
    const owner = await app.as(alice);
    const other = await app.conversation([alice, carol]);
    const { url } = await uploaded(app, carol, other, textFile());
    const etag = (await download(app, carol, url)).headers.get('etag') ?? '';
    const removed = await owner.delete(`/conversations/${other}/participants/${carol.id}`);
    expect(removed.status).toBe(204);
    const response = await download(app, carol, url, { headers: { 'if-none-match': etag } });
    expect(response.status).toBe(403);
    expect((await download(app, alice, url)).status).toBe(200);
  });
});

describe('there is nothing', () => {
  it.each([
    ['of another id', '/uploads/00000000-0000-4000-8000-000000000000'],
    ['of no id', '/uploads/nonsense'],
    ['of a number', '/uploads/1'],
    ['outside of the folder', '/uploads/..%2f..%2fpostgres'],
    ['outside of the folder, written twice', '/uploads/%252e%252e%252fpasswd'],
    ['under a name of the disk’s', '/uploads/files'],
  ])('%s', async (_, path) => {
    for (const below of ['', '/thumbnail']) {
      const response = await download(app, alice, path + below);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toHaveProperty('code');
    }
  });

  it('of a name with a NUL, which is no name', async () => {
    expect((await download(app, alice, '/uploads/a%00b')).status).toBe(400);
  });

  it('of an id in capitals, or with more behind it', async () => {
    for (const path of [
      text.url.toUpperCase().replace('/UPLOADS', '/uploads'),
      `${text.url}.txt`,
    ]) {
      expect((await download(app, alice, path)).status).toBe(404);
    }
  });

  it('like a thumbnail of a text', async () => {
    expect((await download(app, alice, `${text.url}/thumbnail`)).status).toBe(404);
  });

  it('where somebody deleted the file itself', async () => {
    const lost = await uploaded(app, alice, id, textFile());
    await rm(storedAt(lost));
    expect((await download(app, alice, lost.url)).status).toBe(404);
  });
});

it('files are served from a data folder whose name begins with a dot', async () => {
  const folder = await mkdtemp(join(tmpdir(), '.causerie-test-'));
  const hidden = await startApp({ DATA_DIR: folder });
  try {
    const { alice: owner, id: conversation } = await pair(hidden);
    const { url } = await uploaded(hidden, owner, conversation, textFile());
    expect(await (await download(hidden, owner, url)).text()).toBe('to be read');
  } finally {
    await hidden.stop();
    await rm(folder, { recursive: true });
  }
});
