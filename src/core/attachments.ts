import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';

/** A path that this service hands out for an upload. */
const UPLOAD_PATH = /^\/uploads(?:\/[A-Za-z0-9_-]+)+(?:\.[a-z0-9]{1,8})?$/;

function isAllowed(attachment: string): boolean {
  if (attachment.startsWith('/')) return UPLOAD_PATH.test(attachment);
  if (!/^https?:\/\//i.test(attachment)) return false;
  return URL.canParse(attachment);
}

/** Attachments are http(s) URLs or own upload paths; anything else could run in a client. */
export function checkAttachments(attachments: readonly string[]): void {
  if (attachments.length > LIMITS.attachments) {
    throw ChatError.invalid('attachments', `must be at most ${LIMITS.attachments}`);
  }
  for (const [index, attachment] of attachments.entries()) {
    if (attachment.length > LIMITS.attachmentLength || !isAllowed(attachment)) {
      throw ChatError.invalid(
        `attachments.${index}`,
        `must be an http(s) URL or an upload path of at most ${LIMITS.attachmentLength} characters`,
      );
    }
  }
}
