import { join } from 'node:path';
import type { Request, Response } from 'express';
import multer, { MulterError } from 'multer';
import { ChatError } from '../core/core.errors.js';
import { problemOf } from '../validation/inspect.js';
import type { IncomingFile } from '../core/ports/media-inspector.js';

const FIELD = 'file';
const FIELDS = 8;
const FIELD_BYTES = 1_024;

export interface ReceivedForm {
  readonly file: IncomingFile;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Streams the one file of a multipart form into the folder; it is never whole in memory.
 * FILE_TOO_LARGE, VALIDATION_FAILED.
 */
export async function receiveFile(
  request: Request,
  response: Response,
  { folder, maxBytes }: { folder: string; maxBytes: number },
): Promise<ReceivedForm> {
  const upload = multer({
    storage: multer.diskStorage({
      destination: folder,
      filename: (_request, _file, done) => done(null, FIELD),
    }),
    // Names of files are UTF-8 to every browser.
    defParamCharset: 'utf8',
    limits: {
      fileSize: maxBytes,
      files: 1,
      fields: FIELDS,
      parts: FIELDS + 1,
      fieldSize: FIELD_BYTES,
      fieldNameSize: 100,
      headerPairs: 20,
    },
  }).single(FIELD);
  // The parser waits for the end of a request, and this one has had its end.
  if (request.destroyed && !request.complete) throw notWhole();
  await new Promise<void>((resolve, reject) => {
    upload(request, response, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(asFormProblem(error));
    });
  });
  const { file } = request;
  if (!file) throw ChatError.invalid(FIELD, 'must be sent as multipart/form-data');
  const { originalname, mimetype } = file;
  const problem = problemOf(request.body) ?? problemOf(originalname);
  if (problem) throw ChatError.invalid('body', problem);
  return {
    file: { path: join(folder, FIELD), name: originalname, claimedType: mimetype },
    fields: { ...(request.body as Record<string, unknown>) },
  };
}

/** What the parser refused. A disk that refuses is no problem of the form. */
function asFormProblem(error: unknown): Error {
  if (error instanceof MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE') return new ChatError('FILE_TOO_LARGE');
    return ChatError.invalid(FIELD, 'must be the only file of a form with few and short fields');
  }
  const isOfTheSystem = error instanceof Error && 'errno' in error;
  return isOfTheSystem ? error : notWhole();
}

const notWhole = () => ChatError.invalid('body', 'must be a whole multipart form');
