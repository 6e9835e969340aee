import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { png } from './support/files.js';
import { incoming, keptFiles, pair, refusal, upload, uploaded } from './support/uploading.js';

const MAX_PIXELS = 1_000_000;
/** Unpacking hundreds of megapixels takes longer, also where nothing else runs. */
const SOON_MS = 3_000;
const TOO_LARGE = { status: 413, code: 'FILE_TOO_LARGE', fields: undefined };

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ UPLOAD_MAX_PIXELS: String(MAX_PIXELS) });
  // The libraries are loaded with the first picture.
  const { alice, id } = await pair(app);
  await uploaded(app, alice, id, { bytes: png(8, 8), name: 'first', type: 'image/png' });
});
afterAll(() => app.stop());

/** Of one colour each. */
async function longFilm(frames: number, side: number): Promise<Buffer> {
  const pages = Array.from({ length: frames }, (_, index) =>
    sharp({
      create: { width: side, height: side, channels: 3, background: index % 2 ? 'red' : 'blue' },
    })
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(pages), { join: { animated: true } })
    .gif()
    .toBuffer();
}

describe('an image that would fill the memory', () => {
  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['that only says so', () => png(30_000, 30_000, 0)],
    ['and is as large as it says', () => png(20_000, 20_000)],
    ['by one row', () => png(1_000, 1_001)],
    ['by the number of its frames', () => longFilm(40, 200)],
    ['for a while, since it moves: a quarter is enough', () => longFilm(7, 200)],
  ])('%s is refused at once, and leaves nothing', async (_, make) => {
    const { alice, id } = await pair(app);
    const file = { bytes: await make(), name: 'bomb.png', type: 'image/png' };
    expect(file.bytes.length).toBeLessThan(100_000);
    const before = await keptFiles(app);
    const begin = performance.now();
    expect(refusal(await upload(app, alice, id, file))).toEqual(TOO_LARGE);
    expect(performance.now() - begin).toBeLessThan(SOON_MS);
    expect(await keptFiles(app)).toEqual(before);
    expect(await incoming(app)).toEqual([]);
  });

  it('does so from UPLOAD_MAX_PIXELS on', async () => {
    const { alice, id } = await pair(app);
    const file = { bytes: png(1_000, 1_000), name: 'just.png', type: 'image/png' };
    expect(await uploaded(app, alice, id, file)).toMatchObject({ width: 1_000, height: 1_000 });
    const film = { bytes: await longFilm(6, 200), name: 'film.gif', type: 'image/gif' };
    expect(await uploaded(app, alice, id, film)).toMatchObject({ width: 200, height: 200 });
  });

  it('many at once delay nobody’s messages', async () => {
    const eve = someone('eve');
    const id = await app.conversation([eve]);
    const client = await app.connect(eve);
    const file = { bytes: png(20_000, 20_000), name: 'bomb.png', type: 'image/png' };
    const uploads = Array.from({ length: 20 }, () => upload(app, eve, id, file));
    const begin = performance.now();
    await client.send(id, 'in between');
    expect(performance.now() - begin).toBeLessThan(SOON_MS);
    for (const answer of await Promise.all(uploads)) expect(refusal(answer)).toEqual(TOO_LARGE);
  });
});
