import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { startApp, type TestApp } from '../support/app.js';
import type { TestUser } from '../support/tokens.js';
import { animation, photograph, picture, zip } from './support/files.js';
import {
  bytesOf,
  download,
  incoming,
  pair,
  refusal,
  upload,
  uploaded,
} from './support/uploading.js';

let app: TestApp;
let alice: TestUser;
let id: number;
beforeAll(async () => {
  app = await startApp();
  ({ alice, id } = await pair(app));
});
afterAll(() => app.stop());

const FORMATS = ['png', 'jpeg', 'gif', 'webp'] as const;
const HTML = Buffer.from('<script>alert("tail")</script>');

const send = (bytes: Buffer) => uploaded(app, alice, id, { bytes, name: 'i', type: 'image/jpeg' });
const fetched = async (path = '') => bytesOf(await download(app, alice, path));

describe('a photograph', () => {
  let original: Buffer;
  beforeAll(async () => void (original = await photograph()));

  it('tells who took it where, to begin with', async () => {
    const { exif, icc, orientation, width, height } = await sharp(original).metadata();
    expect(exif?.includes('SECRET-CAMERA')).toBe(true);
    expect(icc).toBeDefined();
    expect({ orientation, width, height }).toEqual({ orientation: 6, width: 40, height: 80 });
  });

  it('tells nothing but what it shows once it is uploaded, nor does its thumbnail', async () => {
    const { url, thumbnailUrl } = await send(original);
    for (const path of [url, thumbnailUrl]) {
      const bytes = await fetched(path);
      const { exif, icc, xmp, iptc, orientation } = await sharp(bytes).metadata();
      expect([exif, icc, xmp, iptc, orientation]).toEqual(Array(5).fill(undefined));
      expect(bytes.includes('SECRET-CAMERA')).toBe(false);
    }
  });

  it('is turned the way the camera was held', async () => {
    const { url, width, height, thumbnailUrl } = await send(original);
    expect({ width, height }).toEqual({ width: 80, height: 40 });
    for (const path of [url, thumbnailUrl]) {
      const { data, info } = await sharp(await fetched(path))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([80, 40]);
      const [red = 0, , blue = 0] = data.subarray(20 * 80 * 3 + 10 * 3);
      // Left is what was below.
      expect(blue).toBeGreaterThan(200);
      expect(red).toBeLessThan(60);
    }
  });
});

describe.each(FORMATS)('an image in %s', (format) => {
  it('stays one, of as many pixels, with the size of its new file', async () => {
    const answer = await send(await picture(format, 400, 300));
    expect(answer).toMatchObject({ mimeType: `image/${format}`, width: 400, height: 300 });
    const bytes = await fetched(answer.url);
    expect(bytes.length).toBe(answer.size);
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 400, height: 300 });
  });

  it.each([
    ['wide', 1_000, 500, 320, 160],
    ['tall', 100, 640, 50, 320],
    ['small', 30, 20, 30, 20],
  ])('has a thumbnail that fits, where it is %s', async (_, width, height, toWidth, toHeight) => {
    const { thumbnailUrl } = await send(await picture(format, width, height));
    const { format: kind, ...size } = await sharp(await fetched(thumbnailUrl)).metadata();
    expect({ kind, width: size.width, height: size.height }).toEqual({
      kind: 'webp',
      width: toWidth,
      height: toHeight,
    });
  });

  it.each<[string, Buffer]>([
    ['a page', HTML],
    ['an archive', zip({ 'tail.html': 'alert("tail")' })],
  ])('loses %s that hangs on its end', async (_, tail) => {
    const bytes = Buffer.concat([await picture(format), tail]);
    expect(bytes.includes('alert("tail")')).toBe(true);
    const { url, mimeType } = await send(bytes);
    expect(mimeType).toBe(`image/${format}`);
    expect((await fetched(url)).includes('alert("tail")')).toBe(false);
  });

  it('that is not whole is refused, and leaves nothing', async () => {
    const noise = { width: 200, height: 200, noise: { type: 'gaussian' as const } };
    const create = { ...noise, channels: 3 as const, background: 'grey' };
    const whole = await sharp({ create }).toFormat(format).toBuffer();
    await send(whole);
    for (const share of [0.1, 0.5, 0.9]) {
      const bytes = whole.subarray(0, whole.length * share);
      const file = { bytes, name: 'i', type: `image/${format}` };
      expect(refusal(await upload(app, alice, id, file))).toMatchObject({
        status: 400,
        code: 'VALIDATION_FAILED',
      });
    }
    expect(await incoming(app)).toEqual([]);
  });
});

describe.each(['gif', 'webp'] as const)('an animation in %s', (format) => {
  it('still moves, at its own pace, and its thumbnail stands still', async () => {
    const { url, thumbnailUrl, width, height } = await send(await animation(format));
    expect([width, height]).toEqual([20, 10]);
    expect(await sharp(await fetched(url), { animated: true }).metadata()).toMatchObject({
      pages: 2,
      delay: [500, 500],
      loop: 0,
    });
    const { pages } = await sharp(await fetched(thumbnailUrl), { animated: true }).metadata();
    expect(pages ?? 1).toBe(1);
  });
});
