import { Foundation1700000000000 } from './1700000000000-foundation.js';
import { Uploads1700000100000 } from './1700000100000-uploads.js';
import { Reports1700000200000 } from './1700000200000-reports.js';

/** In the order in which they run. */
export const migrations = [Foundation1700000000000, Uploads1700000100000, Reports1700000200000];
