import { In, MoreThan, Not, type DataSource, type Repository } from 'typeorm';
import { ChatError } from '../../core/core.errors.js';
import type { ConversationId } from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import type { Upload, UploadId } from '../../core/model/upload.js';
import { UploadStore } from '../../core/ports/upload-store.js';
import { UploadEntity } from '../entities/index.js';

export class TypeOrmUploadStore extends UploadStore {
  private readonly uploads: Repository<UploadEntity>;

  constructor(dataSource: DataSource) {
    super();
    this.uploads = dataSource.getRepository(UploadEntity);
  }

  async reserve(upload: Upload): Promise<void> {
    await this.uploads.insert({ ...upload, state: 'storing' });
  }

  async complete(id: UploadId): Promise<void> {
    const { affected } = await this.uploads.update({ id, state: 'storing' }, { state: 'ready' });
    if (!affected) throw new ChatError('UNAVAILABLE');
  }

  find(id: UploadId): Promise<Upload | null> {
    return this.uploads.findOneBy({ id, state: 'ready' });
  }

  async missingAmong(
    ids: readonly UploadId[],
    conversationId: ConversationId,
  ): Promise<readonly UploadId[]> {
    const found = await this.uploads.find({
      select: { id: true },
      where: { id: In([...ids]), conversationId, state: 'ready' },
    });
    const known = new Set(found.map(({ id }) => id));
    return ids.filter((id) => !known.has(id));
  }

  countWaiting(uploaderId: UserId): Promise<number> {
    return this.uploads.countBy({ uploaderId, links: 0, state: Not('given-up') });
  }

  async giveUp(id: UploadId): Promise<void> {
    await this.uploads.update({ id, links: 0 }, { state: 'given-up' });
  }

  async giveUpBefore(moment: Date): Promise<void> {
    // A row that a message is taking hold of is none to wait for.
    await this.uploads.query(
      `UPDATE uploads SET state = 'given-up' WHERE id IN (
         SELECT id FROM uploads WHERE links = 0 AND state <> 'given-up' AND created_at < $1
         FOR UPDATE SKIP LOCKED)`,
      [moment],
    );
  }

  async givenUp(limit: number, after: UploadId | null): Promise<readonly UploadId[]> {
    const found = await this.uploads.find({
      select: { id: true },
      where: { state: 'given-up', ...(after !== null && { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit,
    });
    return found.map(({ id }) => id);
  }

  async forget(ids: readonly UploadId[]): Promise<void> {
    await this.uploads.delete({ id: In([...ids]), state: 'given-up' });
  }
}
