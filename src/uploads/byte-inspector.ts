import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ChatError } from '../core/core.errors.js';
import {
  MediaInspector,
  type IncomingFile,
  type InspectedFile,
} from '../core/ports/media-inspector.js';
import { errorCode } from './disk-errors.js';
import { allowedType, claimsSignature, isImage, isMarkup, isTimed, TEXT } from './file-kinds.js';
import { cleanImage } from './images.js';
import { readRecording } from './recordings.js';

/** What Node's decoder says of it. */
const NOT_UTF8 = 'ERR_ENCODING_INVALID_ENCODED_DATA';

const notAllowed = () => ChatError.invalid('file', 'must be of an allowed type');

/** Believes bytes, not names: `file-type` for what they are, `sharp` and `music-metadata` for more. */
export class ByteInspector extends MediaInspector {
  constructor(private readonly maxPixels: number) {
    super();
  }

  async inspect({ path, claimedType }: IncomingFile): Promise<InspectedFile> {
    const { size } = await stat(path);
    if (size === 0) throw ChatError.invalid('file', 'must not be empty');
    const mimeType = await typeOf(path, claimedType);
    const plain = { path, size, thumbnailPath: null, width: null, height: null, duration: null };
    if (isImage(mimeType)) {
      return { ...plain, mimeType, ...(await cleanImage(path, mimeType, this.maxPixels)) };
    }
    if (!isTimed(mimeType)) return { ...plain, mimeType };
    const { duration, hasPicture } = await readRecording(path, mimeType);
    // The same container holds films and voice messages.
    return { ...plain, mimeType: hasPicture ? mimeType : asSound(mimeType), duration };
  }
}

const asSound = (mimeType: string): string =>
  mimeType.replace(/^video\/(mp4|webm|ogg)$/, 'audio/$1');

async function typeOf(path: string, claimedType: string | null): Promise<string> {
  const { fileTypeFromFile } = await import('file-type');
  const detected = await fileTypeFromFile(path);
  if (detected && !isMarkup(detected.mime)) {
    const type = allowedType(detected.mime);
    if (type !== null) return type;
  }
  if (claimsSignature(claimedType)) {
    throw ChatError.invalid('file', 'must be what its type says');
  }
  // Some signatures are two letters, which words begin with, too.
  if (!(await isText(path))) throw notAllowed();
  return TEXT;
}

async function isText(path: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      if (chunk.includes(0)) return false;
      decoder.decode(chunk, { stream: true });
    }
    decoder.decode();
    return true;
  } catch (error) {
    if (errorCode(error) === NOT_UTF8) return false;
    throw error;
  }
}
