/** How a file is to be handed to whoever downloads it. */
export interface Presentation {
  readonly mimeType: string;
  /** The header `Content-Disposition`. */
  readonly disposition: string;
}

/** Where a file is: on this machine, or where the client is to fetch it. */
export type FilePlace = { readonly path: string } | { readonly url: string };

/** Keeps files by key: lower-case letters, digits, `-` and `.`. Failures are UNAVAILABLE. */
export abstract class FileStorage {
  /** Keeps the file at `path`, which may be moved away. It is there for good when this resolves. */
  abstract put(key: string, path: string): Promise<void>;
  /** Null where there is no such file, or none that is known of before it is fetched. */
  abstract locate(key: string, presentation: Presentation): Promise<FilePlace | null>;
  /** Removing what is not there is no error. */
  abstract remove(key: string): Promise<void>;
}
