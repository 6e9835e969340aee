import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestApp } from '../../support/app.js';
import { within } from '../../support/patience.js';
import type { RestAnswer } from '../../support/rest-client.js';
import { someone, tokenFor, type TestUser } from '../../support/tokens.js';
import type { TestFile } from './files.js';

type Body = NonNullable<RequestInit['body']>;

/** An app, or a service of its own process. */
interface Served {
  readonly url: string;
}

export interface Uploaded {
  readonly id: string;
  readonly url: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly thumbnailUrl?: string;
}

export function form(conversationId: number | string, { bytes, name, type }: TestFile): FormData {
  const fields = new FormData();
  fields.set('conversationId', String(conversationId));
  fields.set('file', new Blob([new Uint8Array(bytes)], { type }), name);
  return fields;
}

/** Posts whatever the test made; of multipart that it wrote itself, `type` is the content type. */
export async function post(
  { url }: Served,
  user: TestUser,
  body: Body,
  type?: string,
): Promise<RestAnswer> {
  const response = await fetch(`${url}/uploads`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenFor(user)}`,
      ...(type !== undefined && { 'content-type': type }),
    },
    body,
  });
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}

export const upload = (
  served: Served,
  user: TestUser,
  conversationId: number | string,
  file: TestFile,
): Promise<RestAnswer> => post(served, user, form(conversationId, file));

/** As `upload`, but fails the test unless it is taken. */
export async function uploaded(...to: Parameters<typeof upload>): Promise<Uploaded> {
  const { status, body } = await upload(...to);
  if (status !== 201) throw new Error(`Not taken: ${JSON.stringify(body)}`);
  return body as Uploaded;
}

export async function download(
  { url }: Served,
  user: TestUser,
  path: string,
  { headers, ...init }: { headers?: Record<string, string> } & Omit<RequestInit, 'headers'> = {},
): Promise<Response> {
  const authorization = `Bearer ${await tokenFor(user)}`;
  return fetch(url + path, { ...init, headers: { authorization, ...headers } });
}

export const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());

/** A conversation of two. */
export async function pair(app: TestApp) {
  const [alice, bob] = [someone('alice'), someone('bob')];
  return { alice, bob, id: await app.conversation([alice, bob]) };
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** The names of all files that are kept. */
export const keptFiles = ({ dataDir }: Pick<TestApp, 'dataDir'>): Promise<string[]> =>
  filesUnder(join(dataDir, 'uploads/files'));

/** The names of whatever is being received: folders and files. */
export const incoming = ({ dataDir }: Pick<TestApp, 'dataDir'>): Promise<string[]> =>
  readdir(join(dataDir, 'uploads/incoming'), { recursive: true }).catch(() => []);

const LOOK_EVERY_MS = 10;

/** For what nothing announces: files, mostly. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  let isGivenUp = false;
  const look = async () => {
    while (!isGivenUp && !(await holds())) await delay(LOOK_EVERY_MS);
  };
  await within(what, look()).finally(() => (isGivenUp = true));
}

/** What a refusal says, and which field it names. */
export const refusal = ({ status, body }: RestAnswer) => {
  const { code, details } = body as { code: string; details?: { field: string }[] };
  return { status, code, fields: details?.map(({ field }) => field) };
};

export const invalid = (...fields: string[]) => ({
  status: 400,
  code: 'VALIDATION_FAILED',
  fields,
});
