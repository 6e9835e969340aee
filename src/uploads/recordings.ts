import type { IAudioMetadata } from 'music-metadata';
import { fromFile, type ITokenizer } from 'strtok3';
import { Gate } from './gate.js';
import { mp4Duration } from './mp4-duration.js';

/** Files in which the library does not read the header of the film. */
const IN_BOXES = /mp4|quicktime/;

/**
 * Reading costs the thread that everybody shares, and some files consist of nothing but things to
 * read: a quarter of an hour of MP3 takes half of this.
 */
const MOST_READS = 20_000;
const gate = new Gate(2, 64);

export interface Recording {
  /** Seconds, where the file tells. */
  readonly duration: number | null;
  readonly hasPicture: boolean;
}

/** What a file of sound or video says of itself. One that says nothing sound is kept all the same. */
export async function readRecording(path: string, mimeType: string): Promise<Recording> {
  const metadata = await read(path);
  const ofFilm = IN_BOXES.test(mimeType) ? await mp4Duration(path) : null;
  const duration = ofFilm ?? metadata?.format.duration;
  return {
    duration: duration !== undefined && Number.isFinite(duration) ? round(duration) : null,
    hasPicture: metadata?.format.hasVideo !== false,
  };
}

/** Loaded when the first recording comes. */
async function read(path: string): Promise<IAudioMetadata | null> {
  const { parseFromTokenizer } = await import('music-metadata');
  return gate.pass(async () => {
    const tokenizer = limited(await fromFile(path));
    try {
      return await parseFromTokenizer(tokenizer, { duration: true, skipCovers: true });
    } catch {
      return null;
    } finally {
      await tokenizer.close();
    }
  });
}

function limited<T extends ITokenizer>(tokenizer: T): T {
  let reads = 0;
  const counted = <A extends unknown[], R>(read: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> =>
      ++reads > MOST_READS ? Promise.reject(new Error('Too many reads')) : read(...args);
  };
  tokenizer.readBuffer = counted(tokenizer.readBuffer.bind(tokenizer));
  tokenizer.peekBuffer = counted(tokenizer.peekBuffer.bind(tokenizer));
  return tokenizer;
}

const round = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
