import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { DirectoryService } from './directory.service.js';
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

const TOO_LARGE = 'The file is too large; larger ones may pass over POST /uploads.';

/** Until a client may have sent the messages that name its uploads. */
const WAIT_SECONDS = 60;

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
    private readonly directory: DirectoryService,
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
      retryAfter: WAIT_SECONDS,
    });
  }

  /**
   * Keeps a file that has been received, in a conversation the user takes part in. Whoever calls
   * has begun it, and removes the file. CONVERSATION_NOT_FOUND, PERMISSION_DENIED,
   * VALIDATION_FAILED, UNAVAILABLE.
   */
  async accept(identity: Identity, conversation: unknown, file: IncomingFile): Promise<Upload> {
    const inspected = await this.inspector.inspect(file);
    // A direct conversation comes to be by what is sent to it: not by what was refused above.
    const conversationId = await this.directory.resolveForSending(conversation, identity);
    await this.permissions.assertMayWrite(identity, conversationId);
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

  /**
   * As `begin` and `accept`, for a file that came in one piece: it is held in memory, so it may
   * be less long. FILE_TOO_LARGE.
   */
  async acceptBytes(
    identity: Identity,
    conversation: unknown,
    { bytes, ...file }: Omit<IncomingFile, 'path'> & { bytes: Buffer },
  ): Promise<Upload> {
    if (bytes.length > Math.min(this.maxBytes, LIMITS.uploadInOnePiece)) {
      throw new ChatError('FILE_TOO_LARGE', { text: TOO_LARGE });
    }
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
      await this.undo(id);
      throw error;
    }
  }

  /**
   * What this cannot do, the collector does later; but where the conversation was deleted
   * meanwhile, the record may be gone, and nobody would look for the files again.
   */
  private async undo(id: UploadId): Promise<void> {
    const outcomes = await Promise.allSettled([
      this.storage.remove(fileKey(id)),
      this.storage.remove(thumbnailKey(id)),
      this.store.giveUp(id),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (!failed) return;
    const error: unknown = failed.reason;
    this.logger.warn({ event: 'UPLOAD_NOT_UNDONE', uploadId: id, error });
  }
}
