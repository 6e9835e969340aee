import { writeFile } from 'node:fs/promises';
import type { Sharp, SharpOptions } from 'sharp';
import { ChatError } from '../core/core.errors.js';
import { Gate } from './gate.js';

const THUMBNAIL = { width: 320, height: 320, fit: 'inside', withoutEnlargement: true } as const;
const QUALITY = 90;
const THUMBNAIL_QUALITY = 75;

/** Pictures take a thread each, of the few that files and names are read with, too. */
const gate = new Gate(2, 64);

/** Seconds: what takes longer was made to. */
const TIMEOUT = { seconds: 15 };
/** Frame by frame, an animation takes several times as long to write. */
const ANIMATION_SHARE = 1 / 4;

export interface CleanImage {
  readonly path: string;
  readonly thumbnailPath: string;
  readonly size: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Writes an image anew: only what can be seen of it is left, turned the way the camera was held.
 * Whatever else was in the file (place, camera, a second file behind it) is gone.
 */
export function cleanImage(path: string, mimeType: string, maxPixels: number): Promise<CleanImage> {
  return gate.pass(async () => {
    const { data, info } = await render(path, mimeType, maxPixels);
    const thumbnail = await thumbnailOf(data, maxPixels);
    const cleanPath = `${path}.clean`;
    const thumbnailPath = `${path}.thumbnail`;
    await writeFile(cleanPath, data);
    await writeFile(thumbnailPath, thumbnail);
    const height = info.pageHeight ?? info.height;
    return { path: cleanPath, thumbnailPath, size: data.length, width: info.width, height };
  });
}

async function render(path: string, mimeType: string, limitInputPixels: number) {
  const mayMove = mimeType === 'image/gif' || mimeType === 'image/webp';
  const image = await open(path, { limitInputPixels, animated: mayMove });
  return decoding(async () => {
    const { pages = 1, width, height } = await image.metadata();
    const isAnimation = pages > 1;
    if (isAnimation && width * height > limitInputPixels * ANIMATION_SHARE) throw tooManyPixels();
    // Animations cannot be turned.
    const turned = isAnimation ? image : image.autoOrient();
    return encoded(turned.timeout(TIMEOUT), mimeType).toBuffer({ resolveWithObject: true });
  });
}

async function thumbnailOf(data: Buffer, limitInputPixels: number): Promise<Buffer> {
  const image = await open(data, { limitInputPixels });
  return decoding(() =>
    image.resize(THUMBNAIL).timeout(TIMEOUT).webp({ quality: THUMBNAIL_QUALITY }).toBuffer(),
  );
}

/** Loaded when the first picture comes. */
async function open(input: string | Buffer, options: SharpOptions): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  // No file comes twice.
  sharp.cache(false);
  return sharp(input, { ...options, failOn: 'error' });
}

function encoded(image: Sharp, mimeType: string): Sharp {
  switch (mimeType) {
    case 'image/png':
      return image.png();
    case 'image/gif':
      return image.gif({ effort: 3 });
    case 'image/webp':
      return image.webp({ quality: QUALITY, effort: 2 });
    default:
      return image.jpeg({ quality: QUALITY });
  }
}

const tooManyPixels = () =>
  new ChatError('FILE_TOO_LARGE', { text: 'The image has too many pixels.' });

/** Whatever a decoder does not like is the file's fault. */
async function decoding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ChatError) throw error;
    if (error instanceof Error && /pixel limit|^timeout/.test(error.message)) throw tooManyPixels();
    throw ChatError.invalid('file', 'must be a whole image');
  }
}
