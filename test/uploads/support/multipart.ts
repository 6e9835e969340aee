const BOUNDARY = 'made-by-hand';

export const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

interface Part {
  readonly name: string;
  /** Behind the name: `filename="a.txt"`, or whatever else is to be tried. */
  readonly parameter?: string;
  readonly type?: string;
  readonly content: string | Buffer;
}

/** A form byte by byte as the test has it. `ends`: whether it says that it is over. */
export function multipart(
  parts: readonly Part[],
  { ends = true }: { ends?: boolean } = {},
): { body: Buffer; type: string } {
  const pieces = parts.flatMap(({ name, parameter, type, content }) => {
    const file = parameter === undefined ? '' : `; ${parameter}`;
    const disposition = `Content-Disposition: form-data; name="${name}"${file}`;
    const head = [disposition, ...(type === undefined ? [] : [`Content-Type: ${type}`])];
    return [`--${BOUNDARY}\r\n${head.join('\r\n')}\r\n\r\n`, content, '\r\n'];
  });
  if (ends) pieces.push(`--${BOUNDARY}--\r\n`);
  return { body: Buffer.concat(pieces.map((piece) => Buffer.from(piece))), type: CONTENT_TYPE };
}
