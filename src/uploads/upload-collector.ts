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
import { Rounds } from '../core/rounds.js';
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
  private readonly rounds: Rounds;

  constructor(
    private readonly store: UploadStore,
    private readonly storage: FileStorage,
    private readonly workspace: Workspace,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {
    const keep = environment.UPLOAD_KEEP_UNUSED_MS;
    const everyMs = Math.min(Math.max(keep / 4, MOST_OFTEN_MS), LEAST_OFTEN_MS);
    this.rounds = new Rounds(everyMs, () => this.collect());
  }

  onApplicationBootstrap(): void {
    void this.rounds.now();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.end();
  }

  private async collect(): Promise<void> {
    try {
      await this.workspace.sweep();
      await this.store.giveUpBefore(new Date(Date.now() - this.environment.UPLOAD_KEEP_UNUSED_MS));
      let last: UploadId | null = null;
      do last = await this.removeSome(last);
      while (last !== null && !this.rounds.areEnding);
    } catch (error) {
      this.logger.warn({ event: 'UPLOADS_NOT_COLLECTED', error });
    }
  }

  /**
   * Returns the last one looked at, null where there are no more. Files first: a record without
   * its file is found again, a file without its record never.
   */
  private async removeSome(after: UploadId | null): Promise<UploadId | null> {
    const ids = await this.store.givenUp(BATCH, after);
    const outcomes = await Promise.allSettled(ids.map((id) => this.removeFiles(id)));
    const removed = ids.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) this.logger.warn({ event: 'UPLOADS_NOT_REMOVED', error: failed.reason as unknown });
    if (removed.length > 0) {
      await this.store.forget(removed);
      this.logger.log({ event: 'UPLOADS_COLLECTED', count: removed.length });
    }
    return ids.length < BATCH ? null : (ids.at(-1) ?? null);
  }

  private async removeFiles(id: UploadId): Promise<void> {
    await this.storage.remove(fileKey(id));
    await this.storage.remove(thumbnailKey(id));
  }
}
