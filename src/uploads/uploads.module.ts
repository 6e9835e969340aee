import { resolve } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { FileStorage } from '../core/ports/file-storage.js';
import { MediaInspector } from '../core/ports/media-inspector.js';
import { Workspace } from '../core/ports/workspace.js';
import { ByteInspector } from './byte-inspector.js';
import { DiskFileStorage } from './disk-file.storage.js';
import { DiskWorkspace } from './disk-workspace.js';
import { S3FileStorage } from './s3-file.storage.js';
import { UploadCollector } from './upload-collector.js';

/** On the same disk, so that what was received is kept by giving it another name. */
const folder = ({ DATA_DIR }: Environment, name: string) => resolve(DATA_DIR, 'uploads', name);

function storageFor(environment: Environment): FileStorage {
  const { S3_BUCKET, S3_REGION, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = environment;
  if (S3_BUCKET === null) return new DiskFileStorage(folder(environment, 'files'));
  const credentials =
    S3_ACCESS_KEY_ID !== null && S3_SECRET_ACCESS_KEY !== null
      ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
      : null;
  return new S3FileStorage({
    bucket: S3_BUCKET,
    region: S3_REGION,
    endpoint: S3_ENDPOINT,
    credentials,
  });
}

/** Where uploads are kept, and what is found out about them. */
@Global()
@Module({
  providers: [
    UploadCollector,
    { provide: FileStorage, inject: [ENVIRONMENT], useFactory: storageFor },
    {
      provide: Workspace,
      inject: [ENVIRONMENT],
      useFactory: (environment: Environment) => new DiskWorkspace(folder(environment, 'incoming')),
    },
    {
      provide: MediaInspector,
      inject: [ENVIRONMENT],
      useFactory: ({ UPLOAD_MAX_PIXELS }: Environment) => new ByteInspector(UPLOAD_MAX_PIXELS),
    },
  ],
  exports: [FileStorage, Workspace, MediaInspector],
})
export class UploadsModule {}
