import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import type { UploadId } from '../core/model/upload.js';
import { FileStorage } from '../core/ports/file-storage.js';
import { UploadStore } from '../core/ports/upload-store.js';
import { Workspace } from '../core/ports/workspace.js';
import { fileKey, thumbnailKey } from '../core/uploads.service.js';

const MOST_OFTEN_MS = 1_000;
const LEAST_OFTEN_MS = 10 * 60 * 1_000;
const BATCH = 100;

/**
 * Removes the files that nobody needs: of uploads that no message ever named, of deleted messages
 * and conversations, of uploads that were never finished. Every node may do so; once is enough.
 */
@Injectable()
export class UploadCollector implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('UploadCollector');
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(
    private readonly store: UploadStore,
    private readonly storage: FileStorage,
    private readonly workspace: Workspace,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  onApplicationBootstrap(): void {
    const keep = this.environment.UPLOAD_KEEP_UNUSED_MS;
    const interval = Math.min(Math.max(keep / 4, MOST_OFTEN_MS), LEAST_OFTEN_MS);
    this.timer = setInterval(() => void this.run(), interval).unref();
    void this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  private async run(): Promise<void> {
    this.running ??= this.collect().finally(() => (this.running = null));
    await this.running;
  }

  private async collect(): Promise<void> {
    try {
      await this.workspace.sweep();
      await this.store.giveUpBefore(new Date(Date.now() - this.environment.UPLOAD_KEEP_UNUSED_MS));
      while ((await this.removeSome()) === BATCH && this.timer);
    } catch (error) {
      this.logger.warn({ event: 'UPLOADS_NOT_COLLECTED', error });
    }
  }

  /** Files first: a record without its file is found again, a file without its record never. */
  private async removeSome(): Promise<number> {
    const ids = await this.store.givenUp(BATCH);
    if (ids.length === 0) return 0;
    await Promise.all(ids.map((id) => this.removeFiles(id)));
    await this.store.forget(ids);
    this.logger.log({ event: 'UPLOADS_COLLECTED', count: ids.length });
    return ids.length;
  }

  private async removeFiles(id: UploadId): Promise<void> {
    await this.storage.remove(fileKey(id));
    await this.storage.remove(thumbnailKey(id));
  }
}
