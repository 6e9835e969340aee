import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { Admission } from '../../src/transport/admission.js';
import { startApp, type TestApp } from '../support/app.js';
import { MARKER } from '../support/bad-input.js';
import { cleanups } from '../support/cleanups.js';
import { FrameClient } from '../support/frame-client.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';
import { aFrame, anAnswer, anError, say } from '../support/veza-shapes.js';

const CLOSED = { code: 1008, reason: 'authentication failed' };
const REFUSAL = { error: 'invalid_token', message: expect.any(String), code: 401 };
/** How often somebody says something to win time. */
const TALK_EVERY_MS = 10;

const alice = someone('alice');
const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

async function stranger(to: TestApp = app): Promise<FrameClient> {
  const client = to.dialRaw('/ws');
  await client.opened();
  return client;
}

async function expectRefused(client: FrameClient, refusal: unknown): Promise<void> {
  expect(await client.closed()).toEqual(CLOSED);
  expect(client.frames).toStrictEqual([refusal]);
  expect(JSON.stringify(client.frames)).not.toContain(MARKER);
  expect(app.get(Registry).connectionCount).toBe(0);
}

const auth = (data: unknown, more: object = {}) => JSON.stringify({ type: 'auth', data, ...more });

/** First frames that bring no token, however they are made; one that does is not the first. */
const NO_TOKEN: readonly (readonly [what: string, frame: (token: string) => string | Buffer])[] = [
  ['nothing', () => ''],
  ['no JSON', () => `{"type":"${MARKER}`],
  ['the bare token', (token) => token],
  ['null', () => 'null'],
  ['a list with a frame that would do', (token) => `[${auth({ token })}]`],
  ['a list of junk', () => JSON.stringify(Array.from({ length: 500 }, () => [MARKER]))],
  ['lists 8,000 deep', () => '['.repeat(8_000) + ']'.repeat(8_000)],
  ['binary', (token) => Buffer.from(auth({ token }))],
  ['no type', (token) => JSON.stringify({ data: { token } })],
  ['another type with a token', (token) => JSON.stringify({ type: 'ping', data: { token } })],
  ['another type in capitals', (token) => JSON.stringify({ type: 'AUTH', data: { token } })],
  [
    'a batch with a frame that would do',
    (token) =>
      `{"type":"message_batch","data":{"messages":[${auth({ token })}]},"token":"${token}"}`,
  ],
  ['a message', () => '{"type":"message","data":{"room_id":1,"content":"hello"}}'],
  ['an own __proto__', (token) => `{"type":"auth","data":{"token":"${token}"},"__proto__":{}}`],
  ['an id that is none', (token) => auth({ token }, { id: [MARKER] })],
  ['no data', () => auth(undefined)],
  ['a list for data', (token) => auth([token])],
  ['a token beside its data', (token) => auth({}, { token })],
  ['a token that is null', () => auth({ token: null })],
  ['a token that is a number', () => auth({ token: 5 })],
  ['a token in a list', (token) => auth({ token: [token] })],
  ['an empty token', () => auth({ token: '' })],
  ['a token that is none', () => auth({ token: MARKER })],
];

describe('a first frame that brings no token is refused: auth_error and 1008', () => {
  it.each(NO_TOKEN)('%s', async (_, frame) => {
    const token = await tokenFor(alice);
    const client = await stranger();
    client.raw(frame(token));
    // Whatever it says next, it is too late.
    client.raw(auth({ token }));
    client.send('ping', {});
    await expectRefused(client, aFrame('auth_error', REFUSAL));
  });

  it.each([
    ['that expired', () => tokenFor(alice, { expiresIn: -60 })],
    ['that is not valid yet', () => tokenFor(alice, { notBefore: 60 })],
    ['of another secret', () => tokenFor(alice, { secret: `${SECRET}, another` })],
    ['without its signature', async () => (await tokenFor(alice)).replace(/[^.]+$/, '')],
  ])('a token %s, and the refusal says which frame it is for', async (_, make) => {
    const client = await stranger();
    const request = say(client, 'auth', { token: await make() });
    await expectRefused(client, anAnswer(request, 'auth_error', REFUSAL));
  });

  it('a frame that is no sign-in is told so, too', async () => {
    const client = await stranger();
    const request = say(client, 'join_room', { room_id: 1 });
    await expectRefused(client, anAnswer(request, 'auth_error', REFUSAL));
  });

  it('a token in the URL that is bad, although the first frame brings a good one', async () => {
    const client = app.dialRaw('/ws?token=bad');
    await client.opened();
    client.raw(auth({ token: await tokenFor(alice) }));
    await expectRefused(client, aFrame('auth_error', REFUSAL));
  });
});

describe('a first frame that does not come in time', () => {
  let hasty: TestApp;
  beforeAll(async () => void (hasty = await startApp({ AUTH_TIMEOUT_MS: '300' })));
  afterAll(() => hasty.stop());

  it('is not waited for: auth_error and 1008', async () => {
    const client = await stranger(hasty);
    expect(await client.closed()).toEqual(CLOSED);
    expect(client.frames).toStrictEqual([aFrame('auth_error', REFUSAL)]);
  });

  it.each([
    ['pings', clientFrame('', { opcode: OPCODE.ping })],
    ['pongs', clientFrame('', { opcode: OPCODE.pong })],
    ['a frame without end', clientFrame('[', { opcode: OPCODE.continuation, isLast: false })],
  ])('is not waited for longer because of %s', async (_, bytes) => {
    const peer = await RawPeer.dial(hasty.url, '/ws');
    after.add(() => peer.close());
    await peer.status();
    if (bytes.readUInt8(0) === OPCODE.continuation) peer.write(clientFrame('', { isLast: false }));
    const timer = setInterval(() => peer.write(bytes), TALK_EVERY_MS);
    after.add(() => clearInterval(timer));
    expect(await peer.closeCode()).toBe(CLOSED.code);
    expect(peer.texts).toStrictEqual([aFrame('auth_error', REFUSAL)]);
  });

  it('is no more waited for once it came: who signed in stays', async () => {
    const client = await stranger(hasty);
    client.raw(auth({ token: await tokenFor(alice) }));
    await client.next('auth_success');
    // Somebody who came later, and does not sign in, outlives the time of the first.
    await (await stranger(hasty)).closed();
    await client.settled();
  });
});

describe('a service that drains', () => {
  it('closes who has not said yet who it is with 1012, and does not wait for it', async () => {
    const draining = await startApp();
    // Not one of the app's own clients, which it would close itself.
    const client = new FrameClient(`${draining.url.replace('http', 'ws')}/ws`);
    await client.opened();
    await draining.stop();
    expect((await client.closed()).code).toBe(1012);
    expect(client.frames).toEqual([]);
  });

  it('tells who says so now to try again: 1000, and 1012', async () => {
    const draining = await startApp();
    after.add(() => draining.stop());
    const client = await stranger(draining);
    draining.get(Admission).drain();
    const request = say(client, 'auth', { token: await tokenFor(alice) });
    expect((await client.closed()).code).toBe(1012);
    const error = anError(1000, 'connection_error');
    expect(client.frames).toStrictEqual([anAnswer(request, 'error', error)]);
  });
});
