import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { isAdmin, type Identity } from './model/identity.js';
import { slugOfRoom, type Video } from './model/video.js';
import { ConversationStore } from './ports/conversation-store.js';
import { VideoStore } from './ports/video-store.js';

/** `video-<id>` is a slug. */
const VIDEO_ID = /^[a-z0-9_-]{1,58}$/;
const RULE = 'must be 1 to 58 of a-z, 0-9, _ and -';

/** Videos that have a live room each. What they show is the application's business. */
@Injectable()
export class VideosService {
  constructor(
    private readonly store: VideoStore,
    private readonly conversations: ConversationStore,
  ) {}

  /**
   * Administrators: registers a video, or changes its title.
   * PERMISSION_DENIED, VALIDATION_FAILED, CONFLICT.
   */
  async register(identity: Identity, { id, title }: Video): Promise<Video> {
    if (!isAdmin(identity)) throw new ChatError('PERMISSION_DENIED');
    const video = { id: id.toLowerCase(), title };
    if (!VIDEO_ID.test(video.id)) throw ChatError.invalid('id', RULE);
    await this.assertRoomIsFree(video);
    await this.store.save(video);
    return video;
  }

  /** Its room belongs to nobody: not to a user who has made one of that name before. */
  private async assertRoomIsFree(video: Video): Promise<void> {
    const id = await this.conversations.idOfSlug(slugOfRoom(video));
    const room = id === null ? null : await this.conversations.find(id);
    if (room === null || (room.type === 'live' && room.createdBy === null)) return;
    throw new ChatError('CONFLICT', { text: "The name of the video's room is taken." });
  }

  /** CONVERSATION_NOT_FOUND for one that nobody registered. */
  async get(id: string): Promise<Video> {
    const video = VIDEO_ID.test(id.toLowerCase()) ? await this.store.find(id.toLowerCase()) : null;
    if (!video) throw new ChatError('CONVERSATION_NOT_FOUND', { text: 'There is no such video.' });
    return video;
  }
}
