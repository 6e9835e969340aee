import { afterAll, beforeAll, expect, it } from 'vitest';
import { readdir } from 'node:fs/promises';
import { startApp, type TestApp } from '../support/app.js';
import type { TestUser } from '../support/tokens.js';
import { textFile } from './support/files.js';
import { multipart } from './support/multipart.js';
import { download, keptFiles, pair, post, type Uploaded } from './support/uploading.js';

let app: TestApp;
let alice: TestUser;
let id: number;
beforeAll(async () => {
  app = await startApp();
  ({ alice, id } = await pair(app));
});
afterAll(() => app.stop());

/** Over the wire as it stands: what makes forms elsewhere would tidy some names up. */
async function nameOf(given: string, parameter = `filename="${given}"`): Promise<Uploaded> {
  const { body, type } = multipart([
    { name: 'conversationId', content: String(id) },
    { name: 'file', parameter, type: 'text/plain', content: 'x' },
  ]);
  const answer = await post(app, alice, body, type);
  if (answer.status !== 201) throw new Error(`Not taken: ${JSON.stringify(answer.body)}`);
  return answer.body as Uploaded;
}

it.each([
  ['a path upwards', '../../x', 'x'],
  ['a path upwards as Windows has it', String.raw`..\\x`, 'x'],
  ['a path from the root', '/etc/passwd', 'passwd'],
  ['a path with a drive', 'C:/Windows/win.ini', 'win.ini'],
  ['line breaks as browsers send them', 'a%0D%0ASet-Cookie: b.txt', 'aSet-Cookie_ b.txt'],
  ['a turn of direction', 'invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['marks that cannot be seen', 'a\u200b\u2066b\ufeff.txt', 'ab.txt'],
  ['markup', '<img src=x onerror=alert(1)>.txt', '_img src=x onerror=alert(1)_.txt'],
  ['dots alone', '...', 'file'],
  ['blanks alone', '   ', 'file'],
  ['a dot that hides it', '.htaccess', 'htaccess'],
  ['letters of other scripts', 'Übersicht 会議 🎉.txt', 'Übersicht 会議 🎉.txt'],
  ['a percent sign', '50%.txt', '50%.txt'],
])('a name with %s is kept as one that is harmless', async (_, given, kept) => {
  expect((await nameOf(given)).name).toBe(kept);
});

it('a name of a thousand characters is shortened, its type kept', async () => {
  const { name } = await nameOf(`${'𝕏'.repeat(1_000)}.txt`);
  expect(name).toBe(`${'𝕏'.repeat(196)}.txt`);
});

it.each([
  ['a path', 'na%C3%AFve%2F..%2F%C3%BCb.txt', 'üb.txt'],
  ['control characters', 'a%01%1B%5B31mb%7F%C2%85.txt', 'a[31mb.txt'],
  ['a line break', 'a%0D%0Ab.txt', 'ab.txt'],
])('a name by RFC 5987 with %s is kept as one that is harmless', async (_, given, kept) => {
  expect((await nameOf('', `filename*=UTF-8''${given}`)).name).toBe(kept);
});

it.each([
  ['a NUL', `filename="a\0b.txt"`],
  ['a NUL by RFC 5987', "filename*=UTF-8''a%00b.txt"],
  ['an escape', `filename="a\u001b[31m.txt"`],
])('a name with %s is none', async (_, parameter) => {
  await expect(nameOf('', parameter)).rejects.toThrow('VALIDATION_FAILED');
});

it('a name of no characters is no file: that is what a form sends where none was chosen', async () => {
  await expect(nameOf('')).rejects.toThrow('VALIDATION_FAILED');
});

it('whatever it is called, a file is kept under a name of the service’s own', async () => {
  const { id: uploadId, url } = await nameOf('../../../escaped.txt');
  expect(await keptFiles(app)).toContain(uploadId);
  expect(await keptFiles(app)).not.toContain('escaped.txt');
  expect(await readdir(app.dataDir)).not.toContain('escaped.txt');
  expect(await (await download(app, alice, url)).text()).toBe('x');
});

it.each([
  ['a quotation mark', 'say "hi".txt', 'attachment; filename="say _hi_.txt"'],
  [
    'letters of other scripts',
    '会議.txt',
    `attachment; filename="__.txt"; filename*=UTF-8''%E4%BC%9A%E8%AD%B0.txt`,
  ],
])('a name with %s is handed out so that browsers save it so', async (_, given, disposition) => {
  const fields = new FormData();
  fields.set('conversationId', String(id));
  fields.set('file', new Blob([new Uint8Array(textFile().bytes)]), given);
  const { body } = await post(app, alice, fields);
  const response = await download(app, alice, (body as Uploaded).url);
  expect(response.headers.get('content-disposition')).toBe(disposition);
});
