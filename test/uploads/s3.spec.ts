import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { picture, textFile } from './support/files.js';
import {
  bytesOf,
  download,
  eventually,
  incoming,
  keptFiles,
  pair,
  refusal,
  upload,
  uploaded,
} from './support/uploading.js';
import { makeBucket, type Bucket } from './support/bucket.js';

let bucket: Bucket;
let app: TestApp;
beforeAll(async () => {
  bucket = await makeBucket();
  app = await startApp({ ...bucket.variables, UPLOAD_KEEP_UNUSED_MS: '1000' });
});
afterAll(async () => {
  await app.stop();
  await bucket.remove();
});

/** Where the answer sends its client. */
async function linkTo(url: string, user: Parameters<typeof download>[1]): Promise<string> {
  const response = await download(app, user, url, { redirect: 'manual' });
  expect([response.status, response.headers.get('cache-control')]).toEqual([302, 'no-store']);
  return response.headers.get('location') ?? '';
}

describe('an upload that is kept in a bucket', () => {
  it('is fetched by a link that is good without a token, for a short time', async () => {
    const { alice, bob, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile('over there'));
    const link = await linkTo(url, bob);
    expect(link.startsWith(`${bucket.endpoint}/${bucket.name}/`)).toBe(true);
    expect(Number(new URL(link).searchParams.get('X-Amz-Expires'))).toBe(300);
    expect(await (await fetch(link)).text()).toBe('over there');
    expect(await keptFiles(app)).toEqual([]);
    expect(await incoming(app)).toEqual([]);
  });

  it('is presented by the bucket as the service would', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile('<script>', 'naïve.html'));
    const { headers } = await fetch(await linkTo(url, alice));
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="na_ve.html"; filename*=UTF-8''na%C3%AFve.html`,
    );
  });

  it('is sent in ranges', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile('0123456789'));
    const range = { headers: { range: 'bytes=2-4' } };
    const response = await fetch(await linkTo(url, alice), range);
    expect([response.status, await response.text()]).toEqual([206, '234']);
  });

  it('tells its type where the head alone is asked for: a link would not be good for that', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile());
    const { status, headers } = await download(app, alice, url, {
      method: 'HEAD',
      redirect: 'manual',
    });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  });

  it('has its thumbnail there, too', async () => {
    const { alice, id } = await pair(app);
    const file = { bytes: await picture('png', 640, 480), name: 'a.png', type: 'image/png' };
    const { thumbnailUrl = '' } = await uploaded(app, alice, id, file);
    const response = await fetch(await linkTo(thumbnailUrl, alice));
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect((await bytesOf(response)).subarray(8, 12).toString()).toBe('WEBP');
  });

  it('is removed from there once nobody needs it', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile('for nobody'));
    const link = await linkTo(url, alice);
    expect((await fetch(link)).status).toBe(200);
    await eventually('the file to go', async () => (await fetch(link)).status === 404);
    expect((await download(app, alice, url)).status).toBe(404);
  });
});

it('without its bucket an upload is UNAVAILABLE and leaves nothing, and the chat goes on', async () => {
  const lost = await makeBucket();
  const { variables } = lost;
  const cut = await startApp(variables);
  try {
    const { alice, id } = await pair(cut);
    await lost.remove();
    const answer = refusal(await upload(cut, alice, id, textFile()));
    expect(answer).toEqual({ status: 503, code: 'UNAVAILABLE', fields: undefined });
    expect(await incoming(cut)).toEqual([]);
    expect(await cut.database.query(`SELECT id FROM uploads WHERE state = 'ready'`)).toEqual([]);
    await (await cut.connect(alice)).send(id, 'still here');
  } finally {
    await cut.stop();
  }
});
