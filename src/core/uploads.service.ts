import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { ConversationsService } from './conversations.service.js';
import { fileName } from './file-name.js';
import type { Identity } from './model/identity.js';
import type { Upload, UploadId } from './model/upload.js';
import { PermissionsService } from './permissions.service.js';
import { FileStorage } from './ports/file-storage.js';
import { MediaInspector, type IncomingFile, type InspectedFile } from './ports/media-inspector.js';
import { SendLimiter } from './ports/send-limiter.js';
import { UploadStore } from './ports/upload-store.js';
import { Workspace } from './ports/workspace.js';

/** Bytes of one upload. */
export const MAX_UPLOAD_BYTES = Symbol('MAX_UPLOAD_BYTES');

/** The name by which the limiter counts uploads. */
const UPLOADS = 'uploads';

export const fileKey = (id: UploadId): string => id;
export const thumbnailKey = (id: UploadId): string => `${id}.thumbnail`;

/** Files sent to conversations: taken in, handed out. */
@Injectable()
export class UploadsService {
  private readonly logger = new Logger('Uploads');

  constructor(
    private readonly store: UploadStore,
    private readonly storage: FileStorage,
    private readonly inspector: MediaInspector,
    private readonly workspace: Workspace,
    private readonly conversations: ConversationsService,
    private readonly permissions: PermissionsService,
    private readonly limiter: SendLimiter,
    @Inject(MAX_UPLOAD_BYTES) private readonly maxBytes: number,
  ) {}

  /** Counts one upload, before any byte of it is taken. RATE_LIMITED. */
  async begin({ userId }: Identity): Promise<void> {
    await this.limiter.take(UPLOADS, userId);
    if ((await this.store.countWaiting(userId)) < LIMITS.waitingUploads) return;
    throw new ChatError('RATE_LIMITED', {
      text: 'Too many of your uploads wait for a message that names them.',
    });
  }

  /**
   * Keeps a file that has been received, in a conversation the user takes part in. Whoever calls
   * has begun it, and removes the file. CONVERSATION_NOT_FOUND, PERMISSION_DENIED,
   * VALIDATION_FAILED, UNAVAILABLE.
   */
  async accept(identity: Identity, conversation: unknown, file: IncomingFile): Promise<Upload> {
    const conversationId = await this.conversations.resolveForSending(conversation, identity);
    await this.permissions.assertParticipant(identity, conversationId);
    const inspected = await this.inspector.inspect(file);
    const { mimeType, size, width, height, duration, thumbnailPath } = inspected;
    const upload: Upload = {
      id: randomUUID(),
      conversationId,
      uploaderId: identity.userId,
      name: fileName(file.name),
      mimeType,
      size,
      width,
      height,
      duration,
      hasThumbnail: thumbnailPath !== null,
      createdAt: new Date(),
    };
    await this.store.reserve(upload);
    await this.keep(upload.id, inspected);
    return upload;
  }

  /** As `begin` and `accept`, for a file that came in one piece. FILE_TOO_LARGE. */
  async acceptBytes(
    identity: Identity,
    conversation: unknown,
    { bytes, ...file }: Omit<IncomingFile, 'path'> & { bytes: Buffer },
  ): Promise<Upload> {
    if (bytes.length > this.maxBytes) throw new ChatError('FILE_TOO_LARGE');
    await this.begin(identity);
    return this.workspace.use(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, bytes);
      return this.accept(identity, conversation, { ...file, path });
    });
  }

  /** One that the user may read. 404 for none, PERMISSION_DENIED for another conversation's. */
  async find(identity: Identity, id: UploadId): Promise<Upload> {
    const upload = await this.store.find(id);
    if (!upload) throw new ChatError('MESSAGE_NOT_FOUND', { text: 'There is no such upload.' });
    await this.permissions.assertMayRead(identity, upload.conversationId);
    return upload;
  }

  private async keep(id: UploadId, { path, thumbnailPath }: InspectedFile): Promise<void> {
    try {
      await this.storage.put(fileKey(id), path);
      if (thumbnailPath !== null) await this.storage.put(thumbnailKey(id), thumbnailPath);
      await this.store.complete(id);
    } catch (error) {
      // What this cannot do any more, the collector does later.
      await this.store.giveUp(id).catch((cause: unknown) => {
        this.logger.warn({ event: 'UPLOAD_NOT_GIVEN_UP', uploadId: id, error: cause });
      });
      throw error;
    }
  }
}
