import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

export interface TestFile {
  readonly bytes: Buffer;
  readonly name: string;
  /** What its sender says it is. */
  readonly type: string;
}

export const textFile = (text = 'to be read', name = 'notes.txt'): TestFile => ({
  bytes: Buffer.from(text),
  name,
  type: 'text/plain',
});

/** Of test/fixtures: recorded by Chromium's MediaRecorder, 1.4 seconds each. */
export const fixture = (name: string, type: string): TestFile => ({
  bytes: readFileSync(join('test/fixtures', name)),
  name,
  type,
});

const solid = (width: number, height: number, background: string) =>
  sharp({
    create: { width, height, channels: 3, background },
    limitInputPixels: false,
  });

type Still = 'png' | 'jpeg' | 'webp' | 'gif';

/** One colour all over. */
export const picture = (format: Still, width = 40, height = 30): Promise<Buffer> =>
  solid(width, height, 'orange').toFormat(format).toBuffer();

export const pictureFile = async (format: Still, width?: number, height?: number) => ({
  bytes: await picture(format, width, height),
  name: `picture.${format}`,
  type: `image/${format}`,
});

/** Red above, blue below, told to be turned by a quarter; with a place, a camera and a profile. */
export async function photograph(): Promise<Buffer> {
  const below = await solid(40, 40, 'blue').png().toBuffer();
  return solid(40, 80, 'red')
    .composite([{ input: below, top: 40, left: 0 }])
    .jpeg()
    .withIccProfile('p3')
    .withExif({
      IFD0: { Make: 'SECRET-CAMERA', Orientation: '6' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100', GPSLongitudeRef: 'W' },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer();
}

/** Two frames, half a second each, without end. */
export async function animation(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = await Promise.all(
    ['red', 'blue'].map((colour) => solid(20, 10, colour).png().toBuffer()),
  );
  const options = { delay: [500, 500], loop: 0 };
  const joined = sharp(frames, { join: { animated: true } });
  return (format === 'gif' ? joined.gif(options) : joined.webp(options)).toBuffer();
}

/** Black, one bit a pixel: small, however large it is. `rows`: how many of them are there. */
export function png(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  // Each row begins with its filter.
  const pixels = deflateSync(Buffer.alloc(rows * (1 + Math.ceil(width / 8))));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const chunks = [pngChunk('IHDR', header), pngChunk('IDAT', pixels)];
  return Buffer.concat([signature, ...chunks, pngChunk('IEND', Buffer.alloc(0))]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32BE(data.length), body, uint32BE(crc32(body))]);
}

/** Silence: mono, 8 kHz, 16 bits. */
export function wave(seconds: number): Buffer {
  const rate = 8_000;
  const data = Buffer.alloc(seconds * rate * 2);
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate * 2, 8);
  format.writeUInt16LE(2, 12);
  format.writeUInt16LE(16, 14);
  const chunks = Buffer.concat([riffChunk('fmt ', format), riffChunk('data', data)]);
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunks]));
}

const riffChunk = (type: string, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(type), uint32LE(data.length), data]);

/** An archive of uncompressed files. */
export function zip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(data), 10);
    about.writeUInt32LE(data.length, 14);
    about.writeUInt32LE(data.length, 18);
    about.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), about, rest, Buffer.from(name));
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, entries, Buffer.from('PK\x05\x06'), end]);
}

export const docx = (): Buffer =>
  zip({
    '[Content_Types].xml':
      '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    'word/document.xml': '<?xml version="1.0"?><document/>',
  });

function uint32BE(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const uint32LE = (value: number): Buffer => uint32BE(value).reverse();
