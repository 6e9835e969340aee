import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { textOf } from '../support/documents.js';
import { INSTANT, POSITIVE } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import type { FrameClient } from '../support/frame-client.js';
import { clientFrame } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

/** What the document types into a shell, in order: two places to connect to, and one line. */
const DOCUMENT = textOf('live');
const [WITHOUT_TOKEN = '', WITH_TOKEN = ''] = [
  ...DOCUMENT.matchAll(/wscat -c "ws:\/\/localhost:8000(.+)"/g),
].map(([, path]) => path);
const [, LINE = ''] = /^> (\{.+)$/m.exec(DOCUMENT) ?? [];

const ALICE = someone('alice');
const BOB = someone('bob');
const PSEUDONYM = expect.stringMatching(/^Anonymous_[0-9a-f]+$/);
const VISITOR = { user_id: null, username: PSEUDONYM };

const isVisitor = ({ user_id }: Record<string, unknown>) => user_id === null;

const after = cleanups();
let app: TestApp;
/** Stays in the room, so that it stays. */
let alice: FrameClient;
/** How who came before there was a room was sent away. */
let closedEarly: number;

/** As wscat connects: it offers compression, and has no origin. */
async function wscat(path: string): Promise<RawPeer> {
  const offer = 'permessage-deflate; client_max_window_bits';
  const peer = await RawPeer.dial(app.url, path, {
    headers: { 'Sec-WebSocket-Extensions': offer },
  });
  after.add(() => peer.close());
  expect(await peer.status()).toBe(101);
  return peer;
}

beforeAll(async () => {
  app = await startApp();
  const early = await RawPeer.dial(app.url, WITHOUT_TOKEN);
  closedEarly = await early.closeCode();
  early.close();
  const id = await app.conversation([ALICE], { type: 'live', allowAnonymous: true });
  expect(WITHOUT_TOKEN).toBe(`/chat/ws/room/${id}`);
  alice = await app.live(ALICE, `room/${id}`);
});
afterAll(() => app.stop());

describe('wscat, as document 5 uses it', () => {
  it('is sent away with 4004 as long as there is no room 1', () => {
    expect(closedEarly).toBe(4004);
  });

  it('is in the room without a token, and told so before all else', async () => {
    const peer = await wscat(WITHOUT_TOKEN);
    await peer.next('room_joined');
    const data = { room_id: 1, connection_count: POSITIVE };
    expect(peer.texts).toStrictEqual([{ type: 'room_joined', data }]);
    const joined = await alice.next('user_joined', isVisitor);
    expect(joined).toStrictEqual({ ...VISITOR, timestamp: INSTANT });
  });

  it('says the line that is typed, to the others and to itself', async () => {
    const peer = await wscat(WITHOUT_TOKEN);
    await peer.next('room_joined');
    peer.write(clientFrame(LINE));
    const message = {
      id: POSITIVE,
      message: 'Hello from PowerShell!',
      ...VISITOR,
      timestamp: INSTANT,
      room_id: 1,
    };
    const frame = await peer.next('chat_message');
    expect(frame).toStrictEqual({ type: 'chat_message', data: message });
    expect(await alice.next('chat_message', isVisitor)).toStrictEqual(frame.data);
  });

  it('is a user with a token', async () => {
    expect(WITH_TOKEN).toContain('?token=YOUR_JWT_TOKEN');
    const peer = await wscat(WITH_TOKEN.replace('YOUR_JWT_TOKEN', await tokenFor(BOB)));
    peer.write(clientFrame(LINE));
    const user = { username: BOB.name, user_id: BOB.id };
    expect(await peer.next('chat_message')).toMatchObject({ data: user });
    expect(await alice.next('chat_message', ({ user_id }) => user_id === BOB.id)).toMatchObject({
      message: 'Hello from PowerShell!',
    });
  });

  it('has left when its process ends, without a word of its own', async () => {
    const peer = await wscat(
      WITH_TOKEN.replace('YOUR_JWT_TOKEN', await tokenFor(someone('carol'))),
    );
    await peer.next('room_joined');
    peer.close();
    const carol = ({ username }: Record<string, unknown>) => username === 'carol';
    expect(await alice.next('user_left', carol)).toMatchObject({ username: 'carol' });
  });
});
