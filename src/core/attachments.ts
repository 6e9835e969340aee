import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { isUploadId, uploadOf, uploadPath, type UploadId } from './model/upload.js';

/** A path of the application's own: where its files are is its affair. */
const OWN_PATH = /^\/uploads(?:\/[A-Za-z0-9_-]+)+(?:\.[a-z0-9]{1,8})?$/;

function isAllowed(attachment: string): boolean {
  if (attachment.startsWith('/')) return OWN_PATH.test(attachment);
  if (!/^https?:\/\//i.test(attachment)) return false;
  return URL.canParse(attachment);
}

/**
 * Attachments are http(s) URLs, paths under `/uploads`, or ids of uploads, which become their
 * paths; anything else could run in a client.
 */
export function readAttachments(attachments: readonly string[]): readonly string[] {
  if (attachments.length > LIMITS.attachments) {
    throw ChatError.invalid('attachments', `must be at most ${LIMITS.attachments}`);
  }
  return attachments.map((attachment, index) => {
    if (isUploadId(attachment)) return uploadPath(attachment);
    if (attachment.length <= LIMITS.attachmentLength && isAllowed(attachment)) return attachment;
    throw ChatError.invalid(
      `attachments.${index}`,
      `must be an http(s) URL or an upload path of at most ${LIMITS.attachmentLength} characters`,
    );
  });
}

/** The uploads among them. */
export const uploadsIn = (attachments: readonly string[]): readonly UploadId[] =>
  attachments.map(uploadOf).filter((id) => id !== null);
