import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Workspace } from '../core/ports/workspace.js';
import { asDiskTrouble } from './disk-errors.js';

/** For the service's own account only. */
const PRIVATE = 0o700;

/** Longer than anybody takes to send a file: what is older was left behind. */
const LEFT_BEHIND_MS = 60 * 60 * 1000;

/** Folders under one that is the service's own. */
export class DiskWorkspace extends Workspace {
  private readonly logger = new Logger('Workspace');

  constructor(private readonly root: string) {
    super();
  }

  async use<T>(work: (folder: string) => Promise<T>): Promise<T> {
    let folder: string | null = null;
    try {
      await mkdir(this.root, { recursive: true, mode: PRIVATE });
      folder = await mkdtemp(join(this.root, 'upload-'));
      return await work(folder);
    } catch (error) {
      throw asDiskTrouble(error);
    } finally {
      if (folder !== null) await this.remove(folder);
    }
  }

  async sweep(): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    for (const name of names) {
      const folder = join(this.root, name);
      const found = await stat(folder).catch(() => null);
      if (found && found.mtimeMs < Date.now() - LEFT_BEHIND_MS) await this.remove(folder);
    }
  }

  private async remove(folder: string): Promise<void> {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      this.logger.warn({ event: 'WORKSPACE_NOT_REMOVED', error });
    }
  }
}
