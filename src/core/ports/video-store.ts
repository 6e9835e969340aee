import type { Video, VideoId } from '../model/video.js';

export abstract class VideoStore {
  /** Registers it, or changes its title. */
  abstract save(video: Video): Promise<void>;
  abstract find(id: VideoId): Promise<Video | null>;
}
