/**
 * WebSocket framing (RFC 6455) as far as a load generator needs it: it counts frames in place and
 * never copies or decodes one it has no question about.
 */

export const TEXT = 0x1;
export const CLOSE = 0x8;
export const PING = 0x9;

/** An empty pong, masked with zero; to be written as latin1. */
export const PONG_FRAME = '\x8a\x80\0\0\0\0';

/**
 * A masked client text frame. The masking key is zero, which the RFC allows and which leaves the
 * payload readable, so that a frame is one string concatenation.
 *
 * @param {string} text ASCII only, shorter than 64 KiB
 * @returns {string} to be written as latin1
 */
export function clientFrame(text) {
  const { length } = text;
  const size =
    length < 126
      ? String.fromCharCode(0x80 | length)
      : `\xfe${String.fromCharCode(length >> 8, length & 0xff)}`;
  return `\x81${size}\0\0\0\0${text}`;
}

/**
 * Hands every complete server frame of `bytes[from..to)` to `visit`.
 *
 * @param {Buffer} bytes
 * @param {number} from
 * @param {number} to
 * @param {{ frame(bytes: Buffer, opcode: number, start: number, end: number): void }} visitor
 * @returns {number} where the first incomplete frame begins; `to` when none is
 */
export function scanFrames(bytes, from, to, visitor) {
  let at = from;
  while (to - at >= 2) {
    const first = bytes[at];
    let length = bytes[at + 1];
    let start = at + 2;
    if (length === 126) {
      if (to - at < 4) return at;
      length = (bytes[at + 2] << 8) | bytes[at + 3];
      start = at + 4;
    } else if (length === 127) {
      if (to - at < 10) return at;
      length = Number(bytes.readBigUInt64BE(at + 2));
      start = at + 10;
    } else if (length > 127) {
      throw new Error('the server sent a masked frame');
    }
    if ((first & 0xf0) !== 0x80)
      throw new Error('the server sent a fragment or a compressed frame');
    const end = start + length;
    if (end > to) return at;
    visitor.frame(bytes, first & 0x0f, start, end);
    at = end;
  }
  return at;
}

/** Whether `bytes[start..end)` begins with `prefix`. */
export function hasPrefix(bytes, start, end, prefix) {
  const { length } = prefix;
  if (end - start < length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

/** The decimal number written at `at`. */
export function decimalAt(bytes, at) {
  let value = 0;
  for (let i = at; bytes[i] >= 0x30 && bytes[i] <= 0x39; i++) value = value * 10 + bytes[i] - 0x30;
  return value;
}
