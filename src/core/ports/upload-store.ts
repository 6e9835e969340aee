import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { Upload, UploadId } from '../model/upload.js';

/**
 * What is known of uploads. A file is stored between `reserve` and `complete`, so that each stored
 * file has a record, whatever happens in between. Messages hold on to the uploads they name, from
 * their commit to their deletion; the database counts that.
 */
export abstract class UploadStore {
  abstract reserve(upload: Upload): Promise<void>;
  /** From now on it can be read, and named by messages. UNAVAILABLE where it was given up. */
  abstract complete(id: UploadId): Promise<void>;
  /** A complete one that nobody has given up. */
  abstract find(id: UploadId): Promise<Upload | null>;
  /** Those of the ids that are no upload of the conversation. */
  abstract missingAmong(
    ids: readonly UploadId[],
    conversationId: ConversationId,
  ): Promise<readonly UploadId[]>;
  /** How many of the user's uploads no message names. */
  abstract countWaiting(userId: UserId): Promise<number>;
  /** Gives one up: its file may be removed. */
  abstract giveUp(id: UploadId): Promise<void>;
  /** Gives up what was begun before then and is named by no message. */
  abstract giveUpBefore(moment: Date): Promise<void>;
  /** Those given up, by id, from behind the one named. */
  abstract givenUp(limit: number, after: UploadId | null): Promise<readonly UploadId[]>;
  /** Forgets those whose files are gone. */
  abstract forget(ids: readonly UploadId[]): Promise<void>;
}
