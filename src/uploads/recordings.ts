import type { IAudioMetadata } from 'music-metadata';

export interface Recording {
  /** Seconds, where the file tells. */
  readonly duration: number | null;
  readonly hasPicture: boolean;
}

/** What a file of sound or video says of itself. One that says nothing sound is kept all the same. */
export async function readRecording(path: string): Promise<Recording> {
  const metadata = await read(path);
  const duration = metadata?.format.duration;
  return {
    duration: duration !== undefined && Number.isFinite(duration) ? round(duration) : null,
    hasPicture: metadata?.format.hasVideo !== false,
  };
}

/** Loaded when the first recording comes. */
async function read(path: string): Promise<IAudioMetadata | null> {
  const { parseFile } = await import('music-metadata');
  return parseFile(path, { duration: true, skipCovers: true }).catch(() => null);
}

const round = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
