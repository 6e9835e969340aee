import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/**
 * What is sent, as a corpus writes it down: text (with `{{names}}` that the scene fills in), pieces
 * one after the other, or one of the forms below.
 */
export type Bytes = string | readonly Bytes[] | Hex | Repeat | Gzip | Frame | Request | Token;

interface Hex {
  /** Spaces are for the eye. */
  readonly hex: string;
}

interface Repeat {
  readonly repeat: Bytes;
  readonly times: number;
}

interface Gzip {
  readonly gzip: Bytes;
}

/** A client's WebSocket frame (RFC 6455 §5.2), right but for what is said here. */
interface Frame {
  readonly frame: Bytes;
  /** 1 (text) unless said otherwise. */
  readonly opcode?: number;
  readonly isLast?: boolean;
  readonly isMasked?: boolean;
  /** The three reserved bits, as a number up to 7. */
  readonly reserved?: number;
  /** In the 64 bits of a long length, whatever the frame really holds. */
  readonly claims?: string;
}

/** An HTTP request. `Host`, `Connection: close` and the length of a body are added unless `isBare`. */
interface Request {
  /** Method and target. */
  readonly request: string;
  readonly headers?: readonly Bytes[];
  readonly body?: Bytes;
  readonly isBare?: boolean;
}

/** A JWS of these texts, so that they may say what no library would sign. */
interface Token {
  readonly header: string;
  readonly claims: string;
  /** `secret` signs as the service would; anything else stands for the signature as it is. */
  readonly signature: string;
}

export type Names = Readonly<Record<string, string>>;

export function toBuffer(bytes: Bytes, names: Names): Buffer {
  const inner = (piece: Bytes) => toBuffer(piece, names);
  if (typeof bytes === 'string') return Buffer.from(filled(bytes, names));
  if ('hex' in bytes) return Buffer.from(bytes.hex.replaceAll(' ', ''), 'hex');
  if ('repeat' in bytes) {
    const piece = inner(bytes.repeat);
    return Buffer.alloc(piece.length * bytes.times, piece);
  }
  if ('gzip' in bytes) return gzipSync(inner(bytes.gzip));
  if ('frame' in bytes) return frame(bytes, inner(bytes.frame));
  if ('request' in bytes) return request(bytes, inner);
  if ('signature' in bytes) return token(bytes, names);
  return Buffer.concat(bytes.map(inner));
}

function filled(text: string, names: Names): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`The scene knows no {{${name}}}`);
    return value;
  });
}

/** Masked by zeros, which change nothing. */
const MASK = Buffer.alloc(4);

function frame(
  { opcode = 1, isLast = true, isMasked = true, reserved = 0, claims }: Frame,
  payload: Buffer,
): Buffer {
  const first = Buffer.from([(isLast ? 0x80 : 0) | (reserved << 4) | opcode]);
  const length = lengthField(payload.length, claims);
  length.writeUInt8(length.readUInt8(0) | (isMasked ? 0x80 : 0), 0);
  return Buffer.concat([first, length, ...(isMasked ? [MASK] : []), payload]);
}

function lengthField(length: number, claims: string | undefined): Buffer {
  if (claims === undefined && length < 126) return Buffer.from([length]);
  if (claims === undefined && length < 65_536) {
    return Buffer.from([126, length >> 8, length & 0xff]);
  }
  const field = Buffer.from([127, 0, 0, 0, 0, 0, 0, 0, 0]);
  field.writeBigUInt64BE(BigInt(claims ?? length), 1);
  return field;
}

function request(
  { request: line, headers = [], body, isBare = false }: Request,
  inner: (piece: Bytes) => Buffer,
): Buffer {
  const content = body === undefined ? null : inner(body);
  const usual = ['Host: localhost', 'Connection: close'];
  if (content) usual.push(`Content-Length: ${content.length}`);
  const head = [`${line} HTTP/1.1`, ...(isBare ? [] : usual), ...headers, ''];
  const lines = head.flatMap((text) => [inner(text), Buffer.from('\r\n')]);
  return Buffer.concat([...lines, content ?? Buffer.alloc(0)]);
}

function token({ header, claims, signature }: Token, names: Names): Buffer {
  const parts = [header, claims].map((text) =>
    Buffer.from(filled(text, names)).toString('base64url'),
  );
  const signed = parts.join('.');
  const isSigned = signature === 'secret';
  const proof = isSigned
    ? createHmac('sha256', names.secret ?? '')
        .update(signed)
        .digest('base64url')
    : signature;
  return Buffer.from(`${signed}.${proof}`);
}
