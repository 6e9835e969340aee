/** Frames of RFC 6455 §5.2, made and read by hand: for what `ws` refuses to write. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

interface FrameFields {
  readonly opcode?: number;
  readonly isLast?: boolean;
  readonly isMasked?: boolean;
}

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

function header(first: number, mask: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, mask | length]);
  if (length < 65_536) return Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  const long = Buffer.alloc(10);
  long.set([first, mask | 127]);
  long.writeBigUInt64BE(BigInt(length), 2);
  return long;
}

/** A client's frame; masked, as the protocol asks of clients, unless said otherwise. */
export function clientFrame(
  content: string | Buffer,
  { opcode = OPCODE.text, isLast = true, isMasked = true }: FrameFields = {},
): Buffer {
  const payload = Buffer.from(content);
  const head = header((isLast ? 0x80 : 0) | opcode, isMasked ? 0x80 : 0, payload.length);
  if (!isMasked) return Buffer.concat([head, payload]);
  const masked = payload.map((byte, index) => byte ^ (MASK[index % 4] ?? 0));
  return Buffer.concat([head, MASK, masked]);
}

/** The first frame of what a server wrote and the bytes behind it; null until it is whole. */
export function firstFrame(bytes: Buffer): { frame: RawFrame; rest: Buffer } | null {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return null;
  const frame = {
    opcode: bytes.readUInt8(0) & 0x0f,
    payload: bytes.subarray(start, start + length),
  };
  return { frame, rest: bytes.subarray(start + length) };
}
