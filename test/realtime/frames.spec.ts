import { describe, expect, it } from 'vitest';
import { encodeTextFrames, Frames } from '../../src/realtime/frames.js';

interface Frame {
  readonly head: number;
  readonly isMasked: boolean;
  readonly headerLength: number;
  readonly text: string;
}

/** Reads frames as RFC 6455 §5.2 describes them, byte by byte, without the code under test. */
function decode(buffer: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at < buffer.length) {
    const head = buffer.readUInt8(at);
    const short = buffer.readUInt8(at + 1) & 0x7f;
    const isMasked = (buffer.readUInt8(at + 1) & 0x80) !== 0;
    const headerLength = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126
        ? short
        : short === 126
          ? buffer.readUInt16BE(at + 2)
          : Number(buffer.readBigUInt64BE(at + 2));
    const payload = buffer.subarray(at + headerLength, at + headerLength + length);
    expect(payload.length).toBe(length);
    frames.push({ head, isMasked, headerLength, text: payload.toString('utf8') });
    at += headerLength + length;
  }
  return frames;
}

const FIN_AND_TEXT = 0x81;

describe('text frames', () => {
  it.each([
    [0, 2],
    [1, 2],
    [124, 2],
    [125, 2],
    [126, 4],
    [127, 4],
    [128, 4],
    [255, 4],
    [256, 4],
    [65_534, 4],
    [65_535, 4],
    [65_536, 10],
    [65_537, 10],
    [300_000, 10],
  ])('of %d bytes are whole, unmasked, and have a header of %d', (length, headerLength) => {
    const text = 'x'.repeat(length);
    expect(decode(encodeTextFrames([text]))).toEqual([
      { head: FIN_AND_TEXT, isMasked: false, headerLength, text },
    ]);
  });

  it.each([
    ['two bytes', 'é'],
    ['three bytes', '€'],
    ['four bytes', '🦜'],
  ])('count bytes, not characters, of %s', (_, character) => {
    const bytes = Buffer.byteLength(character);
    for (const length of [125, 126, 65_535, 65_536]) {
      const text = character.repeat(Math.floor(length / bytes)) + 'x'.repeat(length % bytes);
      const [frame] = decode(encodeTextFrames([text]));
      expect(frame?.headerLength).toBe(length < 126 ? 2 : length < 65_536 ? 4 : 10);
      expect(frame?.text).toBe(text);
    }
  });

  it('stand one after the other in one buffer', () => {
    const texts = ['', 'a', 'é'.repeat(63), '', 'x'.repeat(70_000), '🦜', 'y'.repeat(126)];
    expect(decode(encodeTextFrames(texts)).map(({ text }) => text)).toEqual(texts);
    expect(encodeTextFrames([])).toHaveLength(0);
  });

  it('carry what the transport puts before each text', () => {
    const frames = new Frames(['one', 'zwölf'], '4');
    expect(decode(frames.merged).map(({ text }) => text)).toEqual(['4one', '4zwölf']);
    expect(frames.texts).toEqual(['one', 'zwölf']);
  });

  it('are encoded once for all who take them', () => {
    const frames = new Frames(['one'], '4');
    expect(frames.merged).toBe(frames.merged);
  });
});
