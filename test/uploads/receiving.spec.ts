import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { restClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { pictureFile, textFile, wave } from './support/files.js';
import {
  download,
  form,
  incoming,
  invalid,
  keptFiles,
  pair,
  post,
  refusal,
  upload,
  uploaded,
} from './support/uploading.js';

const LIMIT = 100_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let app: TestApp;
beforeAll(async () => void (app = await startApp({ UPLOAD_MAX_BYTES: String(LIMIT) })));
afterAll(() => app.stop());

describe('a file that is uploaded', () => {
  it('is answered with where it is and what it is, and nothing that it is not', async () => {
    const { alice, id } = await pair(app);
    const { status, body } = await upload(app, alice, id, textFile('to be read'));
    const { id: uploadId } = body as { id: string };
    expect(status).toBe(201);
    expect(uploadId).toMatch(UUID);
    expect(body).toStrictEqual({
      id: uploadId,
      url: `/uploads/${uploadId}`,
      name: 'notes.txt',
      mimeType: 'text/plain',
      size: 10,
    });
  });

  it('has a size in pixels and a thumbnail as an image, and seconds as a recording', async () => {
    const { alice, id } = await pair(app);
    const image = await uploaded(app, alice, id, await pictureFile('png', 40, 30));
    expect(image).toMatchObject({
      width: 40,
      height: 30,
      thumbnailUrl: `/uploads/${image.id}/thumbnail`,
    });
    const voice = { bytes: wave(3), name: 'v.wav', type: 'audio/wav' };
    expect(await uploaded(app, alice, id, voice)).toMatchObject({ duration: 3 });
  });

  it('goes to a conversation by its id and by any of its names', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice], { type: 'public', slug: 'gallery' });
    for (const name of [id, 'gallery', `room_${id}`]) {
      const { url } = await uploaded(app, alice, name, textFile());
      expect((await download(app, alice, url)).status).toBe(200);
    }
    const rows = await app.database.query(
      'SELECT count(*)::int AS n FROM uploads WHERE conversation_id = $1',
      [id],
    );
    expect(rows).toEqual([{ n: 3 }]);
  });

  it('may come before the name of its conversation', async () => {
    const { alice, id } = await pair(app);
    const fields = form(id, textFile());
    fields.delete('conversationId');
    fields.append('conversationId', String(id));
    expect([...fields.keys()]).toEqual(['file', 'conversationId']);
    expect((await post(app, alice, fields)).status).toBe(201);
  });

  it('leaves nothing behind where it was received', async () => {
    const { alice, id } = await pair(app);
    const { id: uploadId } = await uploaded(app, alice, id, await pictureFile('jpeg'));
    expect(await incoming(app)).toEqual([]);
    expect(await keptFiles(app)).toEqual(
      expect.arrayContaining([uploadId, `${uploadId}.thumbnail`]),
    );
  });
});

describe('an upload is refused, and leaves nothing,', () => {
  const withForm = (change: (fields: FormData) => void) => async () => {
    const { alice, id } = await pair(app);
    const fields = form(id, textFile());
    change(fields);
    return refusal(await post(app, alice, fields));
  };
  const bytes = (size: number) => ({ bytes: Buffer.alloc(size, 'a'), name: 'a', type: '' });

  it.each<[string, () => Promise<unknown>, unknown]>([
    ['without a file', withForm((fields) => fields.delete('file')), invalid('file')],
    ['as text', withForm((fields) => fields.set('file', 'text')), invalid('file')],
    [
      'with two files',
      withForm((fields) => fields.append('file', new Blob(['b']), 'b.txt')),
      invalid('file'),
    ],
    [
      'with a file in another field, too',
      withForm((fields) => fields.append('other', new Blob(['b']), 'b.txt')),
      invalid('file'),
    ],
    [
      'with many fields',
      withForm((fields) => {
        for (let i = 0; i < 50; i++) fields.append(`f${i}`, 'x');
      }),
      invalid('file'),
    ],
    [
      'with a long field',
      withForm((fields) => fields.append('f', 'x'.repeat(5_000))),
      invalid('file'),
    ],
    [
      'without a conversation',
      withForm((fields) => fields.delete('conversationId')),
      invalid('conversationId'),
    ],
    [
      'for an empty conversation',
      withForm((fields) => fields.set('conversationId', '')),
      invalid('conversationId'),
    ],
    [
      'for two conversations',
      withForm((fields) => fields.append('conversationId', '2')),
      invalid('conversationId'),
    ],
    [
      'of no bytes',
      withForm((fields) => fields.set('file', new Blob([]), 'empty.txt')),
      invalid('file'),
    ],
    [
      'over the limit by one byte',
      async () => {
        const { alice, id } = await pair(app);
        await uploaded(app, alice, id, bytes(LIMIT));
        return refusal(await upload(app, alice, id, bytes(LIMIT + 1)));
      },
      { status: 413, code: 'FILE_TOO_LARGE' },
    ],
    [
      'over the limit by far',
      async () => {
        const { alice, id } = await pair(app);
        return refusal(await upload(app, alice, id, bytes(20 * LIMIT)));
      },
      { status: 413, code: 'FILE_TOO_LARGE' },
    ],
    [
      'by a stranger to the conversation',
      async () => refusal(await upload(app, someone('eve'), (await pair(app)).id, textFile())),
      { status: 403, code: 'PERMISSION_DENIED' },
    ],
    [
      'to a conversation that does not exist',
      async () => refusal(await upload(app, someone('eve'), 999_999, textFile())),
      { status: 404, code: 'CONVERSATION_NOT_FOUND' },
    ],
    [
      'without a token',
      async () => refusal(await restClient(app.url).post('/uploads', { file: 'a' })),
      { status: 401, code: 'AUTH_FAILED' },
    ],
    [
      'with a token in its URL alone, which is for downloads',
      async () => {
        const path = `/uploads?token=${encodeURIComponent('a.b.c')}`;
        return refusal(await restClient(app.url).post(path, {}));
      },
      { status: 401, code: 'AUTH_FAILED' },
    ],
  ])('%s', async (_, send, expected) => {
    const records = () => app.database.query('SELECT id FROM uploads WHERE size <> $1', [LIMIT]);
    const before = await records();
    expect(await send()).toEqual(expected);
    expect(await records()).toEqual(before);
    expect(await incoming(app)).toEqual([]);
  });
});
