import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn } from '../support/chat-shapes.js';
import type { TestUser } from '../support/tokens.js';
import { pictureFile, textFile } from './support/files.js';
import { download, eventually, incoming, keptFiles, pair, uploaded } from './support/uploading.js';

/** The least that is allowed: the collector looks once a second. */
const KEEP_UNUSED_MS = '1000';

let app: TestApp;
beforeAll(async () => void (app = await startApp({ UPLOAD_KEEP_UNUSED_MS: KEEP_UNUSED_MS })));
afterAll(() => app.stop());

async function send(user: TestUser, conversationId: number, url: string): Promise<number> {
  const client = await app.connect(user);
  return messageIn(await client.send(conversationId, 'see', { attachments: [url] })).id;
}

const statusOf = async (user: TestUser, url: string) => (await download(app, user, url)).status;

const isKept = async (id: string) => (await keptFiles(app)).includes(id);

/** Resolves when the collector has removed an upload that nobody ever needed, made just now. */
async function collected(user: TestUser, conversationId: number): Promise<void> {
  const { id } = await uploaded(app, user, conversationId, textFile('nobody needs it'));
  expect(await isKept(id)).toBe(true);
  await eventually('a collection', async () => !(await isKept(id)));
}

describe('an upload', () => {
  it('that no message names goes after a while, with its thumbnail; one that is named stays', async () => {
    const { alice, id } = await pair(app);
    const used = await uploaded(app, alice, id, await pictureFile('png'));
    await send(alice, id, used.url);
    const unused = await uploaded(app, alice, id, await pictureFile('png'));
    expect(await keptFiles(app)).toContain(`${unused.id}.thumbnail`);
    await eventually('its end', async () => !(await isKept(unused.id)));
    expect(await statusOf(alice, unused.url)).toBe(404);
    await collected(alice, id);
    const kept = await keptFiles(app);
    expect(kept).not.toContain(`${unused.id}.thumbnail`);
    expect(kept).toEqual(expect.arrayContaining([used.id, `${used.id}.thumbnail`]));
    expect(await statusOf(alice, used.url)).toBe(200);
  });

  it('goes with its message: at once for readers, soon from the disk', async () => {
    const { alice, bob, id } = await pair(app);
    const upload = await uploaded(app, alice, id, await pictureFile('jpeg'));
    const message = await send(alice, id, upload.url);
    expect(await statusOf(bob, upload.url)).toBe(200);
    const deleted = await (await app.as(alice)).delete(`/messages/${message}`);
    expect(deleted.status).toBe(200);
    expect(await statusOf(bob, upload.url)).toBe(404);
    expect(await statusOf(bob, upload.thumbnailUrl ?? '')).toBe(404);
    await eventually('the file to go', async () => !(await isKept(upload.id)));
    await eventually('its record to go', async () => {
      const rows = await app.database.query('SELECT 1 FROM uploads WHERE id = $1', [upload.id]);
      return rows.length === 0;
    });
    expect(await keptFiles(app)).not.toContain(`${upload.id}.thumbnail`);
  });

  it('stays with the last of the messages that name it', async () => {
    const { alice, bob, id } = await pair(app);
    const { id: uploadId, url } = await uploaded(app, alice, id, textFile());
    const [first, second] = [await send(alice, id, url), await send(bob, id, url)];
    await (await app.as(alice)).delete(`/messages/${first}`);
    await collected(alice, id);
    expect(await statusOf(bob, url)).toBe(200);
    expect(await isKept(uploadId)).toBe(true);
    await (await app.as(bob)).delete(`/messages/${second}`);
    expect(await statusOf(bob, url)).toBe(404);
    await eventually('the file to go', async () => !(await isKept(uploadId)));
  });

  it('cannot be named again once it was let go', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile());
    await (await app.as(alice)).delete(`/messages/${await send(alice, id, url)}`);
    const again = { conversationId: id, content: 'x', attachments: [url] };
    const ack = await (await app.connect(alice)).request('message:send', again);
    expect(ack.error?.code).toBe('VALIDATION_FAILED');
  });

  it('outlives changes of its message', async () => {
    const { alice, id } = await pair(app);
    const { url } = await uploaded(app, alice, id, textFile());
    const message = await send(alice, id, url);
    await (await app.connect(alice)).expect('message:edit', { messageId: message, content: 'new' });
    await collected(alice, id);
    expect(await statusOf(alice, url)).toBe(200);
  });

  it('goes with its conversation, named or not', async () => {
    const { alice, id } = await pair(app);
    const named = await uploaded(app, alice, id, textFile());
    const unnamed = await uploaded(app, alice, id, textFile());
    await send(alice, id, named.url);
    const other = await pair(app);
    const elsewhere = await uploaded(app, other.alice, other.id, textFile());
    await send(other.alice, other.id, elsewhere.url);
    expect((await (await app.as(alice)).delete(`/conversations/${id}`)).status).toBeLessThan(300);
    for (const { url } of [named, unnamed]) expect(await statusOf(alice, url)).toBe(404);
    for (const upload of [named, unnamed]) {
      await eventually('its end', async () => !(await isKept(upload.id)));
    }
    expect(await statusOf(other.alice, elsewhere.url)).toBe(200);
  });
});

describe('what a process that was killed has left where files are received', () => {
  const HOUR_MS = 60 * 60 * 1000;

  async function leave(name: string, ageMs: number): Promise<void> {
    const folder = join(app.dataDir, 'uploads/incoming', name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'file'), 'half of it');
    const then = new Date(Date.now() - ageMs);
    await utimes(folder, then, then);
  }

  it('goes after an hour; what is being received stays', async () => {
    await leave('upload-fresh', HOUR_MS - 60_000);
    await leave('upload-stale', HOUR_MS + 60_000);
    await eventually(
      'the stale one to go',
      async () => !(await incoming(app)).includes('upload-stale'),
    );
    const { alice, id } = await pair(app);
    await collected(alice, id);
    expect(await incoming(app)).toEqual(['upload-fresh', 'upload-fresh/file']);
  });
});
