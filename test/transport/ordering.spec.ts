import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer, upgradeRequest } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

type Json = Record<string, unknown>;

const SENDS = 50;
const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const frameOf = (type: string, data: Json) => clientFrame(JSON.stringify({ type, data }));

const numbers = Array.from({ length: SENDS }, (_, index) => `number ${index}`);

/** A join, sends and a look at the history, as fast as they can be written. */
const conversation = (room: number) =>
  Buffer.concat([
    frameOf('join_room', { room }),
    ...numbers.map((content) => frameOf('room_message', { room, content })),
    frameOf('room_history', { room, limit: 100 }),
    frameOf('room_message', { room, content: '' }),
    frameOf('ping', {}),
  ]);

const told = ({ texts }: RawPeer) =>
  texts.map(({ type, data }) => ((data as Json).content ?? type) as string);

const EXPECTED = ['join_room_ack', ...numbers, 'message_history', 'error', 'pong'];

describe('frames that do not wait for answers', () => {
  it('are answered in the order they came in', async () => {
    const [user, bystander] = [someone('hasty'), someone('bystander')];
    const room = await app.conversation([user, bystander]);
    const listener = await app.salon(bystander);
    await listener.join(room);
    const peer = await RawPeer.dial(app.url, `/ws/chat?token=${await tokenFor(user)}`);
    after.add(() => peer.close());
    await peer.status();
    peer.write(conversation(room));
    await peer.next('pong');
    expect(told(peer)).toEqual(EXPECTED);
    const history = (await peer.next('message_history')).data as { messages: Json[] };
    expect(history.messages.map(({ content }) => content).sort()).toEqual([...numbers].sort());
    for (const content of numbers) {
      expect(await listener.next('room_message')).toMatchObject({ content });
    }
  });

  it('are heard although they came with the upgrade, before their user was known', async () => {
    const user = someone('earliest');
    const room = await app.conversation([user]);
    const peer = await RawPeer.connect(app.url);
    after.add(() => peer.close());
    const request = upgradeRequest(`/ws/chat?token=${await tokenFor(user)}`);
    peer.write(Buffer.concat([Buffer.from(request), conversation(room)]));
    await peer.next('pong');
    expect(told(peer)).toEqual(EXPECTED);
  });

  it('are done although the client does not stay for the answers', async () => {
    const user = someone('passing');
    const room = await app.conversation([user]);
    const peer = await RawPeer.connect(app.url);
    const request = upgradeRequest(`/ws/chat?token=${await tokenFor(user)}`);
    const goodbye = clientFrame(Buffer.from([0x03, 0xe8]), { opcode: OPCODE.close });
    const [first, second] = [conversation(room), goodbye];
    peer.write(Buffer.concat([Buffer.from(request), first, second]));
    expect(await peer.closeCode()).toBe(1000);
    await peer.ended();
    const reader = await app.salon(user);
    let total: unknown = 0;
    while (total !== SENDS) {
      ({ total } = await reader.request('room_history', { room }, 'message_history'));
    }
  });
});

describe('an upgrade whose token is refused', () => {
  it('is told why, and nothing it sent is heard', async () => {
    const user = someone('stranger');
    const room = await app.conversation([user]);
    const token = await tokenFor(user, { expiresIn: -60 });
    const peer = await RawPeer.connect(app.url);
    after.add(() => peer.close());
    const request = upgradeRequest(`/ws/chat?token=${token}`);
    peer.write(Buffer.concat([Buffer.from(request), conversation(room)]));
    expect(await peer.closeCode()).toBe(1008);
    expect(peer.texts).toMatchObject([{ type: 'error', data: { code: 'AUTH_FAILED' } }]);
    const reader = await app.salon(user);
    const { total } = await reader.request('room_history', { room }, 'message_history');
    expect(total).toBe(0);
  });
});
