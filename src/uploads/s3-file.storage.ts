import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { ChatError } from '../core/core.errors.js';
import { FileStorage, type FilePlace, type Presentation } from '../core/ports/file-storage.js';

/** How long a client has to begin a download, in seconds. */
const LINK_LIVES_SECONDS = 300;

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** Of a service other than Amazon's. */
  readonly endpoint: string | null;
  /** Null: where Amazon's libraries look for credentials. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

const silent = (): void => undefined;

type Sdk = typeof import('@aws-sdk/client-s3');

/** A bucket of any service that speaks S3. Clients fetch files from it by links of a few minutes. */
export class S3FileStorage extends FileStorage {
  /** Loaded when it is needed: who keeps files on disk does without it. */
  private connected: Promise<{ sdk: Sdk; client: S3Client }> | null = null;

  constructor(private readonly options: S3Options) {
    super();
  }

  async put(key: string, path: string): Promise<void> {
    await this.trying(async ({ sdk, client }) => {
      const { size } = await stat(path);
      const object = { ...this.at(key), Body: createReadStream(path), ContentLength: size };
      await client.send(new sdk.PutObjectCommand(object));
    });
  }

  locate(key: string, { mimeType, disposition }: Presentation): Promise<FilePlace> {
    return this.trying(async ({ sdk, client }) => {
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
      const command = new sdk.GetObjectCommand({
        ...this.at(key),
        ResponseContentType: mimeType,
        ResponseContentDisposition: disposition,
      });
      return { url: await getSignedUrl(client, command, { expiresIn: LINK_LIVES_SECONDS }) };
    });
  }

  async remove(key: string): Promise<void> {
    await this.trying(({ sdk, client }) => client.send(new sdk.DeleteObjectCommand(this.at(key))));
  }

  private at(key: string) {
    return { Bucket: this.options.bucket, Key: key };
  }

  private async trying<T>(work: (s3: { sdk: Sdk; client: S3Client }) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connection());
    } catch (error) {
      throw new ChatError('UNAVAILABLE', { cause: error });
    }
  }

  /** One that failed is no connection for ever. */
  private connection() {
    this.connected ??= this.connect();
    this.connected.catch(() => (this.connected = null));
    return this.connected;
  }

  private async connect() {
    const { region, endpoint, credentials } = this.options;
    const sdk = await import('@aws-sdk/client-s3');
    const client = new sdk.S3Client({
      region,
      ...(endpoint !== null && { endpoint, forcePathStyle: true }),
      ...(credentials && { credentials }),
      // Services other than Amazon's do not all know the newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // What it has to say comes with its errors; without one it writes between our lines.
      logger: { debug: silent, info: silent, warn: silent, error: silent },
    });
    return { sdk, client };
  }
}
