import { open, type FileHandle } from 'node:fs/promises';

interface Box {
  readonly type: string;
  /** Of its content. */
  readonly start: number;
  readonly end: number;
}

/** More than any file has before what is looked for: a fragmented one begins with it. */
const MOST_BOXES = 1_000;
/** What some recorders write for a length that they do not know. */
const UNKNOWN = 0xffff_ffff;

/**
 * Seconds, as the header of the film says (ISO/IEC 14496-12, `mvhd`); null where it does not.
 * Chromium's recordings are right there, and wrong by its clock in the headers of their tracks.
 */
export async function mp4Duration(path: string): Promise<number | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const moov = await findBox(file, 'moov', 0, size);
    const mvhd = moov && (await findBox(file, 'mvhd', moov.start, moov.end));
    return mvhd ? await readHeader(file, mvhd) : null;
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, { start }: Box): Promise<number | null> {
  const bytes = await read(file, start, 32);
  if (!bytes) return null;
  const isLong = bytes[0] === 1;
  const scale = bytes.readUInt32BE(isLong ? 20 : 12);
  const length = isLong ? Number(bytes.readBigUInt64BE(24)) : bytes.readUInt32BE(16);
  return scale === 0 || length === 0 || length >= UNKNOWN ? null : length / scale;
}

async function findBox(
  file: FileHandle,
  type: string,
  from: number,
  to: number,
): Promise<Box | null> {
  let position = from;
  for (let boxes = 0; boxes < MOST_BOXES && position < to; boxes++) {
    const box = await boxAt(file, position, to);
    if (!box || box.type === type) return box;
    position = box.end;
  }
  return null;
}

async function boxAt(file: FileHandle, position: number, to: number): Promise<Box | null> {
  const head = await read(file, position, 16);
  if (!head) return null;
  const size = head.readUInt32BE(0);
  const headLength = size === 1 ? 16 : 8;
  const length = size === 1 ? Number(head.readBigUInt64BE(8)) : size || to - position;
  if (length < headLength) return null;
  const type = head.toString('latin1', 4, 8);
  return { type, start: position + headLength, end: Math.min(position + length, to) };
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  // A short box may end the file.
  return bytesRead < 8 ? null : bytes;
}
