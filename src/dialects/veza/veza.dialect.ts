import { ChatError } from '../../core/core.errors.js';
import { LIMITS } from '../../core/core.limits.js';
import type { RawDialect, RawRequest } from '../../transport/raw/raw-dialect.js';
import { failureFrame, refusalFrame } from './veza.errors.js';
import type { Answer, ClientFrames } from './veza.events.js';
import { authSuccess, envelope, vezaPresenter } from './veza.presenter.js';

const AUTH: keyof ClientFrames = 'auth';
const MESSAGE: keyof ClientFrames = 'message';

/** Bytes: a file of three megabytes passes in base64, and a larger one gets an answer. */
export const MAX_FRAME_BYTES = 6 * 1024 * 1024;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= LIMITS.clientMessageIdLength;

/** `reference` is the envelope's id, where it has one. */
function requestOf(frame: unknown): RawRequest {
  if (!isObject(frame)) throw ChatError.invalid('frame', 'must be an object');
  const { type, id, data } = frame;
  if (id !== undefined && id !== null && !isId(id)) {
    throw ChatError.invalid(
      'id',
      `must be text of 1 to ${LIMITS.clientMessageIdLength} characters`,
    );
  }
  const reference = id ?? undefined;
  // No event is called so: it is refused as unknown ones are, with the id that it came with.
  if (typeof type !== 'string' || !/^[a-z_]{1,64}$/.test(type)) {
    return { event: 'unknown', payload: undefined, reference };
  }
  // A message's id makes sending it again safe: it belongs to what is sent.
  const payload = type === MESSAGE && isObject(data) ? { ...data, id: reference } : data;
  return { event: type, payload, reference };
}

export const vezaDialect: RawDialect = {
  name: 'veza',
  present: vezaPresenter,
  framePrefix: '',
  addressesReaders: true,
  presence: 'online',
  // Private messages arrive whether their room was joined or not.
  joinsByItself: (type) => type === 'direct',
  requests: (frame) => [requestOf(frame)],
  answer: (answer, { reference }) => envelope(answer as Answer, reference),
  failure: failureFrame,
  mayOverlap: () => false,
  isSend: (event) => event === MESSAGE,
  maxPendingBytes: 2 * MAX_FRAME_BYTES,
  // Whose token has run out may bring a new one.
  needsNoToken: (event) => event === AUTH,
  signIn: {
    tokenOf: ({ event, payload }) =>
      event === AUTH && isObject(payload) ? payload.token : undefined,
    accepted: (connection, request) =>
      envelope({ type: 'auth_success', data: authSuccess(connection) }, request?.reference),
    refused: refusalFrame,
  },
  ping: () => envelope({ type: 'ping', data: {} }),
};
