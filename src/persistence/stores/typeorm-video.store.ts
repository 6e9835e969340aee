import type { DataSource, Repository } from 'typeorm';
import type { Video, VideoId } from '../../core/model/video.js';
import { VideoStore } from '../../core/ports/video-store.js';
import { VideoEntity } from '../entities/index.js';

export class TypeOrmVideoStore extends VideoStore {
  private readonly videos: Repository<VideoEntity>;

  constructor(dataSource: DataSource) {
    super();
    this.videos = dataSource.getRepository(VideoEntity);
  }

  async save({ id, title }: Video): Promise<void> {
    await this.videos.upsert({ id, title }, ['id']);
  }

  find(id: VideoId): Promise<Video | null> {
    return this.videos.findOneBy({ id });
  }
}
