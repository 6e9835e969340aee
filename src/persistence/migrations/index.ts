import { Foundation1700000000000 } from './1700000000000-foundation.js';
import { Uploads1700000100000 } from './1700000100000-uploads.js';
import { Reports1700000200000 } from './1700000200000-reports.js';
import { LiveRooms1700000300000 } from './1700000300000-live-rooms.js';
import { Sanctions1700000400000 } from './1700000400000-sanctions.js';
import { Moderation1700000500000 } from './1700000500000-moderation.js';
import { Revocations1700000600000 } from './1700000600000-revocations.js';
import { Rules1700000700000 } from './1700000700000-rules.js';
import { Nodes1700000800000 } from './1700000800000-nodes.js';
import { RateLimits1700000900000 } from './1700000900000-rate-limits.js';

/** In the order in which they run. */
export const migrations = [
  Foundation1700000000000,
  Uploads1700000100000,
  Reports1700000200000,
  LiveRooms1700000300000,
  Sanctions1700000400000,
  Moderation1700000500000,
  Revocations1700000600000,
  Rules1700000700000,
  Nodes1700000800000,
  RateLimits1700000900000,
];
