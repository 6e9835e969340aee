/** FIN and the text opcode (RFC 6455 §5.2). */
const TEXT_FRAME = 0x81;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHeader(target: Buffer, offset: number, length: number): number {
  target[offset] = TEXT_FRAME;
  if (length < 126) {
    target[offset + 1] = length;
  } else if (length < 65_536) {
    target[offset + 1] = 126;
    target.writeUInt16BE(length, offset + 2);
  } else {
    target[offset + 1] = 127;
    target.writeBigUInt64BE(BigInt(length), offset + 2);
  }
  return offset + headerLength(length);
}

/** Unmasked WebSocket text frames, one for each text, in one buffer. */
export function encodeTextFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const size = lengths.reduce((sum, length) => sum + headerLength(length) + length, 0);
  const buffer = Buffer.allocUnsafe(size);
  let offset = 0;
  texts.forEach((text, index) => {
    offset = writeHeader(buffer, offset, lengths[index] ?? 0);
    offset += buffer.write(text, offset);
  });
  return buffer;
}

/**
 * Texts rendered once for all sockets of one dialect. Whoever can take several frames in one
 * write shares one buffer; whoever cannot takes the texts one by one.
 */
export class Frames {
  private buffer: Buffer | null = null;

  /** `prefix` is what the transport puts before each text (Engine.IO: `4`, its packet type). */
  constructor(
    readonly texts: readonly string[],
    private readonly prefix: string,
    /** Whether a reader that cannot keep up may go without them. */
    readonly isEphemeral = false,
  ) {}

  /** All texts as consecutive WebSocket frames. Encoded at the first call. */
  get merged(): Buffer {
    return (this.buffer ??= encodeTextFrames(this.texts.map((text) => this.prefix + text)));
  }
}
