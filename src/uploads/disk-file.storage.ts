import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileStorage, type FilePlace } from '../core/ports/file-storage.js';
import { asDiskTrouble } from './disk-errors.js';

/** For the service's own account only. */
const PRIVATE = 0o700;

/** Files in folders by the first letters of their keys, on the disk that they were received on. */
export class DiskFileStorage extends FileStorage {
  constructor(private readonly root: string) {
    super();
  }

  async put(key: string, path: string): Promise<void> {
    const target = this.pathOf(key);
    try {
      await mkdir(dirname(target), { recursive: true, mode: PRIVATE });
      await sync(path);
      await rename(path, target);
      await sync(dirname(target));
    } catch (error) {
      throw asDiskTrouble(error);
    }
  }

  async locate(key: string): Promise<FilePlace | null> {
    const path = this.pathOf(key);
    return access(path).then(
      () => ({ path }),
      () => null,
    );
  }

  async remove(key: string): Promise<void> {
    try {
      await rm(this.pathOf(key), { force: true });
    } catch (error) {
      throw asDiskTrouble(error);
    }
  }

  private pathOf(key: string): string {
    return join(this.root, key.slice(0, 2), key);
  }
}

/** Of a folder: that the file's name is in it. Windows cannot open folders, and needs no more. */
async function sync(path: string): Promise<void> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (process.platform === 'win32') return;
    throw error;
  }
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
