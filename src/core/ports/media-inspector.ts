import type { Upload } from '../model/upload.js';

/** A file as it came in, in a folder of its own. */
export interface IncomingFile {
  readonly path: string;
  readonly name: string;
  /** What the sender says it is. */
  readonly claimedType: string | null;
}

/** What there is to keep of it: the file itself may have been written anew, next to it. */
export interface InspectedFile extends Pick<
  Upload,
  'mimeType' | 'size' | 'width' | 'height' | 'duration'
> {
  readonly path: string;
  readonly thumbnailPath: string | null;
}

export abstract class MediaInspector {
  /**
   * Says what the bytes are, and takes out what tells of the sender. VALIDATION_FAILED for what
   * is of no allowed type, broken, or too large to be looked at.
   */
  abstract inspect(file: IncomingFile): Promise<InspectedFile>;
}
