import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FilePlace, FileStorage } from '../../src/core/ports/file-storage.js';
import { DiskFileStorage } from '../../src/uploads/disk-file.storage.js';
import { S3FileStorage } from '../../src/uploads/s3-file.storage.js';
import { makeBucket } from './support/bucket.js';
import { bytesOf } from './support/uploading.js';

const SHOWN = { mimeType: 'text/plain', disposition: 'attachment; filename="a b.txt"' };

/** A sibling, and how its ground is taken from under it. */
interface Sibling {
  readonly storage: FileStorage;
  breakDown(): Promise<void>;
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'causerie-storage-'))));
afterAll(() => rm(folder, { recursive: true }));

const siblings: [string, () => Promise<Sibling>][] = [
  [
    'DiskFileStorage',
    async () => {
      const root = join(folder, randomUUID());
      await mkdir(root);
      return {
        storage: new DiskFileStorage(root),
        // Not even the superuser makes folders inside a file.
        breakDown: async () => rm(root, { recursive: true }).then(() => writeFile(root, '')),
      };
    },
  ],
  [
    'S3FileStorage',
    async () => {
      const own = await makeBucket();
      const credentials = { accessKeyId: own.key, secretAccessKey: own.key };
      const { name, endpoint } = own;
      const storage = new S3FileStorage({
        bucket: name,
        region: 'us-east-1',
        endpoint,
        credentials,
      });
      return { storage, breakDown: () => own.remove() };
    },
  ],
];

async function fileOf(bytes: Buffer): Promise<string> {
  const path = join(folder, randomUUID());
  await writeFile(path, bytes);
  return path;
}

/** As its client gets them; null for none. */
async function fetched(place: FilePlace | null): Promise<Buffer | null> {
  if (place === null) return null;
  if ('path' in place) return readFile(place.path);
  const response = await fetch(place.url);
  const bytes = await bytesOf(response);
  return response.status === 200 ? bytes : null;
}

describe.each(siblings)('%s', (_, make) => {
  let sibling: Sibling;
  let storage: FileStorage;
  beforeAll(async () => {
    sibling = await make();
    ({ storage } = sibling);
  });

  it.each([
    ['a few bytes', 5],
    ['20 MB', 20 * 1024 * 1024],
  ])('hands out %s as they were put in', async (__, size) => {
    const bytes = randomBytes(size);
    const key = randomUUID();
    await storage.put(key, await fileOf(bytes));
    const found = await fetched(await storage.locate(key, SHOWN));
    expect(found?.equals(bytes)).toBe(true);
  });

  it('keeps a file and its thumbnail apart', async () => {
    const key = randomUUID();
    await storage.put(key, await fileOf(Buffer.from('large')));
    await storage.put(`${key}.thumbnail`, await fileOf(Buffer.from('small')));
    await storage.remove(`${key}.thumbnail`);
    expect(String(await fetched(await storage.locate(key, SHOWN)))).toBe('large');
    expect(await fetched(await storage.locate(`${key}.thumbnail`, SHOWN))).toBeNull();
  });

  it('hands out nothing for a key that it does not know', async () => {
    expect(await fetched(await storage.locate(randomUUID(), SHOWN))).toBeNull();
  });

  it('forgets a file that is removed, and minds no second removal', async () => {
    const key = randomUUID();
    await storage.put(key, await fileOf(Buffer.from('gone')));
    expect(await fetched(await storage.locate(key, SHOWN))).not.toBeNull();
    await storage.remove(key);
    await storage.remove(key);
    expect(await fetched(await storage.locate(key, SHOWN))).toBeNull();
  });

  // The last one: nothing works afterwards.
  it('is UNAVAILABLE where its ground is gone', async () => {
    const path = await fileOf(Buffer.from('nowhere to go'));
    await sibling.breakDown();
    await expect(storage.put(randomUUID(), path)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(access(path)).resolves.not.toThrow();
  });
});
