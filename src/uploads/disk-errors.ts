import { ChatError } from '../core/core.errors.js';

/** The disk is full, over its quota, read-only, broken or out of reach; nobody sent anything bad. */
const DISK_TROUBLE =
  /^(ENOSPC|EDQUOT|EFBIG|EROFS|EIO|EACCES|EPERM|ENOTDIR|ENXIO|ESTALE|EMFILE|ENFILE|ENOMEM)$/;

export const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** UNAVAILABLE for what is the disk's fault; anything else stays what it is. */
export function asDiskTrouble(error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof ChatError || typeof code !== 'string' || !DISK_TROUBLE.test(code)) {
    return error;
  }
  return new ChatError('UNAVAILABLE', { cause: error });
}
