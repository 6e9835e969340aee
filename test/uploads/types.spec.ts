import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { TestUser } from '../support/tokens.js';
import { docx, picture, textFile, zip, type TestFile } from './support/files.js';
import {
  bytesOf,
  download,
  incoming,
  invalid,
  keptFiles,
  pair,
  refusal,
  upload,
  uploaded,
} from './support/uploading.js';

let app: TestApp;
let alice: TestUser;
let id: number;
beforeAll(async () => {
  app = await startApp();
  ({ alice, id } = await pair(app));
});
afterAll(() => app.stop());

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const XML_SVG = `<?xml version="1.0"?>${SVG}`;
const HTML = '<!doctype html><script>alert(1)</script>';
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const ELF = Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(200)]);
const EXE = Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'), Buffer.alloc(200)]);
const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');

const file = (bytes: Buffer | string, type: string, name = 'file'): TestFile => ({
  bytes: Buffer.from(bytes),
  type,
  name,
});

describe('the type of a file is what its bytes say:', () => {
  it('a PNG that is called a page is a PNG, and is shown as one', async () => {
    const claimed = file(await picture('png'), 'text/html', 'page.html');
    const { url, mimeType } = await uploaded(app, alice, id, claimed);
    const { headers } = await download(app, alice, url);
    expect([mimeType, headers.get('content-type')]).toEqual(['image/png', 'image/png']);
  });

  it.each([
    ['a PDF', PDF, 'application/pdf', 'application/pdf'],
    ['a PDF that is called an image', PDF, 'image/png', 'application/pdf'],
    ['an archive', zip({ 'a.txt': 'a' }), 'application/zip', 'application/zip'],
    ['a document of Word', docx(), 'application/octet-stream', DOCX],
    ['text', Buffer.from('Grüße'), 'application/octet-stream', 'text/plain'],
    ['text without a word of its type', Buffer.from('a,b\n1,2\n'), '', 'text/plain'],
    ['text that begins as a bitmap does', Buffer.from('BMWs are cars'), 'text/plain', 'text/plain'],
  ])('%s is kept, and saved rather than shown', async (_, bytes, claimed, mimeType) => {
    const answer = await uploaded(app, alice, id, file(bytes, claimed));
    expect(answer).toMatchObject({ mimeType, size: bytes.length });
    const response = await download(app, alice, answer.url);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await bytesOf(response)).equals(bytes)).toBe(true);
  });

  it.each([
    ['a page', HTML, 'text/html'],
    ['a drawing', SVG, 'image/svg+xml'],
    ['a drawing with a declaration', XML_SVG, 'image/svg+xml'],
    ['a page of XML', `<?xml version="1.0"?><html/>`, 'application/xhtml+xml'],
    ['a script', 'alert(1)', 'text/javascript'],
  ])('%s is kept as text, which no browser runs', async (_, text, type) => {
    const { url, mimeType } = await uploaded(app, alice, id, file(text, type, 'a.html'));
    expect(mimeType).toBe('text/plain');
    const response = await download(app, alice, url);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': 'attachment; filename="a.html"',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    expect(await response.text()).toBe(text);
  });

  it.each([
    ['a page that is called an image', HTML, 'image/png'],
    ['a drawing that is called an image', SVG, 'image/png'],
    ['a drawing with a declaration that is called an image', XML_SVG, 'image/png'],
    ['text that is called a film', 'no film', 'video/mp4'],
    ['text that is called a PDF', 'no PDF', 'application/pdf'],
    ['text that begins as a bitmap does and is called one', 'BMWs are cars', 'image/bmp'],
    ['a program of Linux', ELF, 'application/octet-stream'],
    ['a program of Linux that is called an image', ELF, 'image/png'],
    ['a program of Windows', EXE, 'application/octet-stream'],
    ['a program of Windows that is called text', EXE, 'text/plain'],
    ['bytes that nobody knows', Buffer.from('0102030405060700', 'hex'), ''],
    ['text that is not UTF-8', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/plain'],
    ['text that breaks off in a letter', Buffer.from('ü').subarray(0, 1), 'text/plain'],
  ])('%s is refused, and leaves nothing', async (_, bytes, type) => {
    const before = await keptFiles(app);
    const answer = await upload(app, alice, id, file(Buffer.from(bytes), type));
    expect(refusal(answer)).toEqual(invalid('file'));
    expect(JSON.stringify(answer.body)).not.toContain('alert');
    expect(await keptFiles(app)).toEqual(before);
    expect(await incoming(app)).toEqual([]);
  });
});

it('a long text is looked at to its end', async () => {
  const text = Buffer.alloc(300_000, 'ü');
  await uploaded(app, alice, id, file(text, 'text/plain'));
  const spoilt = Buffer.concat([text, Buffer.from([0])]);
  expect(refusal(await upload(app, alice, id, file(spoilt, 'text/plain')))).toEqual(
    invalid('file'),
  );
  expect((await uploaded(app, alice, id, textFile())).mimeType).toBe('text/plain');
});
