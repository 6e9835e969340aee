import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';

const BUCKET = 'causerie-files';
const KEY = 'S3RVER';

export interface Bucket {
  readonly endpoint: string;
  readonly name: string;
  readonly key: string;
  /** What an operator sets to have files kept in it. */
  readonly variables: Record<string, string>;
  /** The service it is of goes away, and its files with it. */
  remove(): Promise<void>;
}

/** An empty bucket of a server that speaks S3. */
export async function makeBucket(): Promise<Bucket> {
  const directory = await mkdtemp(join(tmpdir(), 'causerie-bucket-'));
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    directory,
    silent: true,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    name: BUCKET,
    key: KEY,
    variables: {
      S3_BUCKET: BUCKET,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: KEY,
      S3_SECRET_ACCESS_KEY: KEY,
    },
    remove: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
