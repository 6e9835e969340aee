/** What may be uploaded, by what `file-type` calls it; the value is what we call it. */
const ALLOWED: Readonly<Record<string, string>> = {
  'image/jpeg': 'image/jpeg',
  'image/png': 'image/png',
  'image/apng': 'image/png',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
  'audio/mpeg': 'audio/mpeg',
  'audio/mp4': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/aac': 'audio/aac',
  'audio/ogg': 'audio/ogg',
  'audio/wav': 'audio/wav',
  'audio/flac': 'audio/flac',
  'audio/x-flac': 'audio/flac',
  'audio/amr': 'audio/amr',
  'audio/webm': 'audio/webm',
  'video/mp4': 'video/mp4',
  'video/webm': 'video/webm',
  'video/quicktime': 'video/quicktime',
  'video/ogg': 'video/ogg',
  'application/pdf': 'application/pdf',
  'application/zip': 'application/zip',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document':
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet':
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation':
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text': 'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet':
    'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation':
    'application/vnd.oasis.opendocument.presentation',
};

/** Text has no signature, and markup is text: it is handed out as plain text only. */
export const TEXT = 'text/plain';
const MARKUP = /^(text\/|application\/(xml|rtf)$|image\/svg)/;

/** The type of bytes with a signature; null where that is not allowed. */
export function allowedType(detected: string): string | null {
  const [type = ''] = detected.split(';');
  return ALLOWED[type.trim()] ?? null;
}

export const isMarkup = (detected: string): boolean => MARKUP.test(detected);

/** Whether a sender's word means bytes that would have a signature. */
export const claimsSignature = (claimed: string | null): boolean =>
  claimed !== null &&
  !MARKUP.test(claimed) &&
  (/^(image|audio|video)\//.test(claimed) || allowedType(claimed) !== null);

export const isImage = (mimeType: string): boolean => mimeType.startsWith('image/');
export const isTimed = (mimeType: string): boolean => /^(audio|video)\//.test(mimeType);
