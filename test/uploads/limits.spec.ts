import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { textFile } from './support/files.js';
import { download, incoming, pair, refusal, upload, uploaded } from './support/uploading.js';

const LIMITED = { status: 429, code: 'RATE_LIMITED', fields: undefined };
const WAITING = 100;

describe('uploads beyond RATE_LIMIT_UPLOADS', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp({ RATE_LIMIT_UPLOADS: '2/3s' })));
  afterAll(() => app.stop());

  it('are refused until Retry-After has passed, each user’s for itself', async () => {
    const { alice, bob, id } = await pair(app);
    await uploaded(app, alice, id, textFile());
    await uploaded(app, alice, id, textFile());
    const refused = await upload(app, alice, id, textFile());
    expect(refusal(refused)).toEqual(LIMITED);
    expect(await incoming(app)).toEqual([]);
    await uploaded(app, bob, id, textFile());
    const seconds = Number(refused.headers.get('retry-after'));
    expect([1, 2, 3]).toContain(seconds);
    await delay(seconds * 1_000);
    await uploaded(app, alice, id, textFile());
  });

  it('leave messages and downloads alone', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile());
    await upload(app, alice, id, textFile());
    expect(refusal(await upload(app, alice, id, textFile()))).toEqual(LIMITED);
    await (await app.connect(alice)).send(id, 'I can talk');
    for (let i = 0; i < 5; i++) expect((await download(app, alice, url)).status).toBe(200);
  });

  it('are counted before they are looked at: bad ones count, too', async () => {
    const { id } = await pair(app);
    const eve = someone('eve');
    for (let i = 0; i < 2; i++) {
      expect((await upload(app, eve, id, textFile())).status).toBe(403);
    }
    expect(refusal(await upload(app, eve, id, textFile()))).toEqual(LIMITED);
  });
});

describe('uploads that wait for a message', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('may be a hundred of one user; a message that names one makes room', async () => {
    const { alice, bob, id } = await pair(app);
    const first = await uploaded(app, alice, id, textFile());
    // As ninety-nine more uploads would leave them.
    await app.database.query(
      `INSERT INTO uploads (id, conversation_id, uploader_id, name, mime_type, size, has_thumbnail, created_at, state)
       SELECT gen_random_uuid(), conversation_id, uploader_id, name, mime_type, size, false, now(), 'ready'
       FROM uploads, generate_series(2, $2) WHERE id = $1`,
      [first.id, WAITING],
    );
    expect(refusal(await upload(app, alice, id, textFile()))).toEqual(LIMITED);
    await uploaded(app, bob, id, textFile());
    await (await app.connect(alice)).send(id, '', { attachments: [first.url] });
    await uploaded(app, alice, id, textFile());
    expect(refusal(await upload(app, alice, id, textFile()))).toEqual(LIMITED);
  });
});
