import { ChatError } from '../../core/core.errors.js';
import { CLOSE, type RawDialect, type RawRequest } from '../../transport/raw/raw-dialect.js';
import { failureFrame, refusal } from './live.errors.js';
import type { ClientFrames } from './live.events.js';
import { livePresenter } from './live.presenter.js';

/** Bytes: a message of the greatest length passes, whatever it is escaped to. */
export const MAX_FRAME_BYTES = 16 * 1024;

const SEND: keyof ClientFrames = 'chat_message';

function requestOf(frame: unknown): RawRequest {
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    throw ChatError.invalid('frame', 'must be an object');
  }
  const { type, data = {} } = frame as Record<string, unknown>;
  if (typeof type !== 'string' || !/^[a-z_]{1,64}$/.test(type)) {
    throw ChatError.invalid('type', 'must name a type of message');
  }
  return { event: type, payload: data };
}

export const liveDialect: RawDialect = {
  name: 'live',
  present: livePresenter,
  framePrefix: '',
  presence: 'visits',
  isOfOneRoom: true,
  joinsByItself: () => false,
  requests: (frame) => [requestOf(frame)],
  // Handlers return frames.
  answer: String,
  failure: failureFrame,
  mayOverlap: () => false,
  isSend: (event) => event === SEND,
  refusal,
  // A connection is in one room, and ends with it.
  expulsion: (why) => (why === 'removed' ? CLOSE.forbidden : CLOSE.notFound),
};
