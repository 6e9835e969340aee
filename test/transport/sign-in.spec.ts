import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { withoutPings, type FrameClient } from '../support/frame-client.js';
import { clientFrame } from '../support/raw-frames.js';
import { RawPeer, upgradeRequest } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';
import { aFrame, anAnswer, say } from '../support/veza-shapes.js';

const KB = 1024;
const MAX_SIGN_IN_BYTES = 16 * KB;

const alice = someone('alice');
const after = cleanups();
let app: TestApp;
let room: string;
beforeAll(async () => {
  app = await startApp();
  room = 'signed-in';
  await app.conversation([someone('owner')], { type: 'public', slug: room });
});
afterAll(() => app.stop());

/** Somebody with an open socket who has not said who it is. */
async function stranger(): Promise<FrameClient> {
  const client = app.dialRaw('/ws');
  await client.opened();
  return client;
}

const frameOf = (type: string, data: unknown): string => JSON.stringify({ type, id: type, data });

/** A frame that signs in, filled up to that many bytes. */
async function signIn(bytes = 0): Promise<string> {
  return frameOf('auth', { token: await tokenFor(alice) }).padEnd(bytes);
}

async function signedIn(): Promise<FrameClient> {
  const client = await stranger();
  client.raw(await signIn());
  await client.next('auth_success');
  return client;
}

const answersOf = (frames: readonly Record<string, unknown>[]) =>
  withoutPings(frames).map(({ type, metadata }) => [
    type,
    (metadata as Record<string, unknown> | undefined)?.request_id,
  ]);

/** What is said in one breath, and how it is answered. */
const BREATH: readonly (readonly [type: string, data: object, answer: string])[] = [
  ['join_room', { room_id: 'signed-in' }, 'room_joined'],
  ['message', { room_id: 'signed-in', content: 'in one breath' }, 'message_received'],
  ['leave_room', { room_id: 'signed-in' }, 'room_left'],
  ['ping', {}, 'pong'],
];
const ANSWERED = [['auth_success', 'auth'], ...BREATH.map(([type, , answer]) => [answer, type])];

describe('a client that signs in with its first frame', () => {
  it('is welcomed as one that brings its token with the handshake', async () => {
    const early = await app.veza(alice);
    const late = await stranger();
    const request = say(late, 'auth', { token: await tokenFor(alice) });
    await late.next('auth_success');
    const [welcome] = early.frames;
    const data = { ...(welcome?.data as object), session_id: expect.any(String) };
    expect(welcome).toStrictEqual(aFrame('auth_success', data));
    expect(withoutPings(late.frames)).toStrictEqual([anAnswer(request, 'auth_success', data)]);
    expect(early.received('auth_success')).not.toEqual(late.received('auth_success'));
  });

  it('is answered everything it says in the same breath, in order, and once', async () => {
    const client = await stranger();
    client.raw(await signIn());
    for (const [type, data] of BREATH) client.raw(frameOf(type, data));
    await client.next('pong');
    await client.settled();
    expect(answersOf(client.frames).slice(0, -1)).toEqual(ANSWERED);
  });

  it('is answered what it says in one piece with its handshake', async () => {
    const peer = await RawPeer.connect(app.url);
    after.add(() => peer.close());
    const frames = [await signIn(), ...BREATH.map(([type, data]) => frameOf(type, data))];
    const bytes = frames.map((text) => clientFrame(text));
    peer.write(Buffer.concat([Buffer.from(upgradeRequest('/ws')), ...bytes]));
    await peer.next('pong');
    expect(answersOf(peer.texts)).toEqual(ANSWERED);
  });

  it('is answered hundreds of frames that come before it is known', async () => {
    const client = await stranger();
    client.raw(await signIn());
    const ids = range(1, 250).map((n) => say(client, 'ping', {}, `number ${n}`));
    for (const _ of ids) await client.next('pong');
    const expected = [['auth_success', 'auth'], ...ids.map((id) => ['pong', id])];
    expect(answersOf(client.frames)).toEqual(expected);
  });

  it('is answered what stands behind its token in pieces', async () => {
    const peer = await RawPeer.dial(app.url, '/ws');
    after.add(() => peer.close());
    const bytes = Buffer.concat([
      clientFrame(await signIn()),
      ...BREATH.map(([type, data]) => clientFrame(frameOf(type, data))),
    ]);
    for (let at = 0; at < bytes.length; at += 7) {
      peer.write(bytes.subarray(at, at + 7));
      await new Promise(setImmediate);
    }
    await peer.next('pong');
    expect(answersOf(peer.texts)).toEqual(ANSWERED);
  });

  it('counts as connected from then on', async () => {
    const registry = app.get(Registry);
    const user = someone('counted');
    const client = await stranger();
    const before = registry.connectionCount;
    say(client, 'auth', { token: await tokenFor(user) });
    await client.next('auth_success');
    expect(registry.connectionCount).toBe(before + 1);
    expect([...registry.connectionsOf(String(user.id))]).toHaveLength(1);
  });
});

describe('the size of a frame', () => {
  it('is 16 KB at most before it is known who the client is', async () => {
    const client = await stranger();
    client.raw(await signIn(MAX_SIGN_IN_BYTES));
    await client.next('auth_success');
    const large = await stranger();
    large.raw(await signIn(MAX_SIGN_IN_BYTES + 1));
    expect((await large.closed()).code).toBe(1009);
    expect(large.frames).toEqual([]);
  });

  it('is 16 KB at most where it comes in pieces, too', async () => {
    const peer = await RawPeer.dial(app.url, '/ws');
    after.add(() => peer.close());
    const text = await signIn(MAX_SIGN_IN_BYTES + 1);
    const half = Math.ceil(text.length / 2);
    peer.write(clientFrame(text.slice(0, half), { isLast: false }));
    peer.write(clientFrame(text.slice(half), { opcode: 0 }));
    expect(await peer.closeCode()).toBe(1009);
    expect(peer.texts).toEqual([]);
  });

  it('is megabytes already for what stands right behind the token', async () => {
    const peer = await RawPeer.dial(app.url, '/ws');
    after.add(() => peer.close());
    const large = clientFrame(frameOf('ping', { padding: 'x'.repeat(KB * KB) }));
    peer.write(Buffer.concat([clientFrame(await signIn()), large]));
    await peer.until('both answers', ({ texts }) => withoutPings(texts).length === 2);
    expect(answersOf(peer.texts)).toEqual([
      ['auth_success', 'auth'],
      ['pong', 'ping'],
    ]);
  });

  it.each([
    ['in its first frame', signedIn],
    ['with its handshake', () => app.veza(alice)],
  ])('is megabytes for a client that said who it is %s', async (_, dial) => {
    const client = await dial();
    for (const megabytes of [1, 4]) {
      client.send('ping', { padding: 'x'.repeat(megabytes * KB * KB) });
      await client.next('pong');
    }
    client.send('ping', { padding: 'x'.repeat(7 * KB * KB) });
    expect((await client.closed()).code).toBe(1009);
  });
});
