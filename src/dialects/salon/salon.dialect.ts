import { ChatError } from '../../core/core.errors.js';
import type { RawDialect, RawRequest } from '../../transport/raw/raw-dialect.js';
import { failureFrame } from './salon.errors.js';
import { BATCH, type ClientFrames } from './salon.events.js';
import { batchFrame, salonPresenter } from './salon.presenter.js';

const MAX_BATCH = 50;
const PING: keyof ClientFrames = 'ping';
const SENDS: ReadonlySet<string> = new Set<keyof ClientFrames>(['room_message', 'direct_message']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `reference` is the place in a batch. */
function requestOf(frame: unknown, reference?: number): RawRequest {
  if (!isObject(frame)) throw ChatError.invalid('frame', 'must be an object');
  const { type, data = {} } = frame;
  if (typeof type !== 'string' || !/^[a-z_]{1,64}$/.test(type)) {
    throw ChatError.invalid('type', 'must name a type of message');
  }
  return { event: type, payload: data, reference };
}

/** What is no message fails by itself, in its place, and not with its neighbours. */
function itemOf(message: unknown, index: number): RawRequest {
  try {
    return requestOf(message, index);
  } catch {
    return { event: 'unknown', payload: undefined, reference: index };
  }
}

function requestsOf(frame: unknown): readonly RawRequest[] {
  const request = requestOf(frame);
  if (request.event !== BATCH) return [request];
  const messages = isObject(request.payload) ? request.payload.messages : undefined;
  if (!Array.isArray(messages) || messages.length < 1 || messages.length > MAX_BATCH) {
    throw ChatError.invalid('data.messages', `must be a list of 1 to ${MAX_BATCH} messages`);
  }
  return messages.map(itemOf);
}

export const salonDialect: RawDialect = {
  name: 'salon',
  present: salonPresenter,
  framePrefix: '',
  presence: 'online-per-room',
  // Direct messages have no room to join.
  joinsByItself: (type) => type === 'direct',
  requests: requestsOf,
  // Handlers return frames.
  answer: String,
  failure: failureFrame,
  mayOverlap: () => false,
  isSend: (event) => SENDS.has(event),
  needsNoToken: (event) => event === PING,
};

/** For clients that connected with `?batch=1`: what happens at once comes in one frame. */
export const batchingSalonDialect: RawDialect = {
  ...salonDialect,
  bundle: (texts) =>
    Array.from({ length: Math.ceil(texts.length / MAX_BATCH) }, (_, n) =>
      batchFrame(texts.slice(n * MAX_BATCH, (n + 1) * MAX_BATCH)),
    ),
};
