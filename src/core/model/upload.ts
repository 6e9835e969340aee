import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';

/** A UUID: nobody guesses one. */
export type UploadId = string;

/** A file that was sent to a conversation, or is about to be. */
export interface Upload {
  readonly id: UploadId;
  readonly conversationId: ConversationId;
  readonly uploaderId: UserId;
  /** What the sender called it, without folders. */
  readonly name: string;
  /** What its bytes say, whatever the sender said. */
  readonly mimeType: string;
  /** Bytes. */
  readonly size: number;
  /** Pixels, of images. */
  readonly width: number | null;
  readonly height: number | null;
  /** Seconds, of sound and video, where the file tells. */
  readonly duration: number | null;
  readonly hasThumbnail: boolean;
  readonly createdAt: Date;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const UPLOAD_ID = new RegExp(`^${UUID}$`);
const UPLOAD_PATH = new RegExp(`^/uploads/(${UUID})$`);

export const uploadPath = (id: UploadId): string => `/uploads/${id}`;
export const thumbnailPath = (id: UploadId): string => `${uploadPath(id)}/thumbnail`;

export const isUploadId = (text: string): boolean => UPLOAD_ID.test(text);

/** The upload that an attachment's path names; null for any other attachment. */
export const uploadOf = (attachment: string): UploadId | null =>
  UPLOAD_PATH.exec(attachment)?.[1] ?? null;
