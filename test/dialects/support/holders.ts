import { expect } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { aFailure } from '../../support/chat-shapes.js';
import type { ChatClient } from '../../support/chat-client.js';
import type { FrameClient } from '../../support/frame-client.js';
import * as live from '../../support/live-shapes.js';
import { within } from '../../support/patience.js';
import * as salon from '../../support/salon-shapes.js';
import type { DialectName } from '../../support/speakers.js';
import * as veza from '../../support/veza-shapes.js';

type Json = Record<string, unknown>;

/** A connection that came with a token of the test's own. */
export interface Holder {
  /** Everything it was told of what went wrong, in its dialect's words. */
  failures(): Json[];
  /** How it ended, now or later. */
  ended(): Promise<unknown>;
  readonly isOpen: boolean;
  close(): void;
}

/** How a token is presented in a dialect, and what becomes of one that is good no longer. */
export interface Presenting {
  readonly name: DialectName;
  /** Without waiting for the outcome. */
  readonly dial: (app: TestApp, token: string) => Holder & { readonly admitted: Promise<unknown> };
  /** What a client is told whose token was good once. */
  readonly signedOut: Json;
  /** What a client is told that is not let in. */
  readonly refused: Json;
  readonly ending: unknown;
  readonly refusal: unknown;
}

const CLOSED = { code: 1008, reason: 'authentication failed' };
const ROOM = 'holders';

function overSocketIo(client: ChatClient, failure: string) {
  const ended = new Promise((resolve) => {
    client.socket.once('disconnect', resolve);
    client.socket.once('connect_error', (error) => resolve((error as { data?: unknown }).data));
  });
  const admitted = client.connected();
  admitted.catch(() => undefined);
  return {
    admitted,
    failures: () => client.received(failure),
    ended: () => within('an end', ended),
    close: () => client.close(),
    get isOpen() {
      return client.socket.connected;
    },
  };
}

function overFrames(client: FrameClient, admitted: (client: FrameClient) => Promise<unknown>) {
  const outcome = client.opened().then(() => admitted(client));
  outcome.catch(() => undefined);
  return {
    admitted: outcome,
    failures: () => [...client.received('error'), ...client.received('auth_error')],
    ended: () => client.closed(),
    close: () => client.close(),
    get isOpen() {
      return client.socket.readyState === client.socket.OPEN;
    },
  };
}

const overSocket = (app: TestApp, token: string, namespace: string) =>
  app.dial(token, { namespace, reconnection: false });

const SOCKET_IO = {
  refused: {},
  ending: 'io server disconnect',
  refusal: { code: 'AUTH_FAILED' },
};
const RAW = { ending: CLOSED, refusal: CLOSED };
const SALON_ERROR = salon.anError('AUTH_FAILED', {});
const LIVE_ERROR = live.anError('Invalid token', 'AUTH_FAILED');

export const PRESENTING: readonly Presenting[] = [
  {
    ...{ name: 'chat', ...SOCKET_IO },
    dial: (app, token) => overSocketIo(overSocket(app, token, '/chat'), 'exception'),
    signedOut: { ...aFailure('AUTH_FAILED'), event: 'auth:expired' },
  },
  {
    ...{ name: 'root', ...SOCKET_IO },
    dial: (app, token) => overSocketIo(overSocket(app, token, '/'), 'error'),
    signedOut: { code: 'AUTH_FAILED', message: expect.any(String) },
  },
  {
    ...{ name: 'veza', ...RAW },
    dial: (app, token) =>
      overFrames(app.dialRaw(`/ws?token=${token}`), (client) => client.next('auth_success')),
    signedOut: veza.anError(1001, 'authentication_error'),
    refused: { error: 'invalid_token', message: expect.any(String), code: 401 },
  },
  {
    ...{ name: 'salon', ...RAW },
    dial: (app, token) =>
      overFrames(app.dialRaw(`/ws/chat?token=${token}`), (client) => client.settled()),
    signedOut: SALON_ERROR,
    refused: SALON_ERROR,
  },
  {
    ...{ name: 'live', ...RAW },
    dial: (app, token) =>
      overFrames(app.dialRaw(`/chat/ws/room/${ROOM}?token=${token}`), (client) =>
        client.next('room_joined'),
      ),
    signedOut: LIVE_ERROR,
    refused: LIVE_ERROR,
  },
];

export const EACH = PRESENTING.map((presenting) => [presenting.name, presenting] as const);

/** Let in with that token. */
export async function holding(
  presenting: Presenting,
  app: TestApp,
  token: string,
): Promise<Holder> {
  const holder = presenting.dial(app, token);
  await holder.admitted;
  return holder;
}

/** Is told that its token is good no longer, once, and then closed. */
export async function expectSignedOut(presenting: Presenting, holder: Holder): Promise<void> {
  expect(await holder.ended()).toEqual(presenting.ending);
  expect(holder.failures()).toStrictEqual([presenting.signedOut]);
}

/** Is not let in, and told so as with any other bad token. */
export async function expectNotLetIn(
  { dial, refusal, refused }: Presenting,
  app: TestApp,
  token: string,
): Promise<void> {
  await expectRefused({ refusal, refused }, dial(app, token));
}

export async function expectRefused(
  { refusal, refused }: Pick<Presenting, 'refusal' | 'refused'>,
  holder: Holder,
): Promise<void> {
  expect(await holder.ended()).toEqual(refusal);
  expect(holder.failures()).toStrictEqual(Object.keys(refused).length > 0 ? [refused] : []);
}
