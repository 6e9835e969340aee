import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { isUploadId, uploadOf, uploadPath, type UploadId } from './model/upload.js';

/** A path of the application's own: where its files are is its affair. */
const OWN_PATH = /^\/uploads(?:\/[A-Za-z0-9_-]+)+(?:\.[a-z0-9]{1,8})?$/;

const NAMES_UPLOAD = /^\/uploads\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const WHOLE = 'must name an upload as it was given, /uploads/<id>';

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
    const path = isUploadId(attachment) ? uploadPath(attachment) : attachment.toLowerCase();
    // In any other form it would be held by nothing, and collected under the message.
    if (uploadOf(path) !== null) return path;
    if (NAMES_UPLOAD.test(attachment)) throw ChatError.invalid(`attachments.${index}`, WHOLE);
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
