import { expect } from 'vitest';
import { clientFrame, OPCODE } from '../../support/raw-frames.js';
import { RawPeer } from '../../support/raw-peer.js';
import { toBuffer } from './bytes.js';
import type { SocketExpectation, SocketInput, TextInput } from './corpus.js';
import { LEAK, MARKER } from './leaks.js';
import type { Door } from './doors.js';
import type { Scene } from './scene.js';

export const textsOf = ({ frames }: RawPeer): string[] =>
  frames.filter(({ opcode }) => opcode === OPCODE.text).map(({ payload }) => payload.toString());

const closeOf = ({ frames }: RawPeer) => frames.find(({ opcode }) => opcode === OPCODE.close);

export const isOver = (peer: RawPeer): boolean => closeOf(peer) !== undefined || peer.socket.closed;

async function closeCode(peer: RawPeer): Promise<number> {
  await peer.until('a close', () => isOver(peer));
  const frame = closeOf(peer);
  if (!frame) return 1006;
  return frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE(0);
}

/** A connection through that door, let in as far as the door says, or turned away. */
export async function enter(scene: Scene, door: Door, path: string): Promise<RawPeer> {
  const peer = await RawPeer.dial(scene.service.url, path);
  expect(await peer.status()).toBe(101);
  for (const { says, hears } of door.greeting(scene.names)) {
    if (says !== null) peer.write(clientFrame(says));
    await peer.until(
      hears,
      () => textsOf(peer).some((text) => text.includes(hears)) || isOver(peer),
    );
  }
  return peer;
}

/** All answers to what was sent, and whatever else came before a round trip was over. */
async function answersSince(
  peer: RawPeer,
  door: Door,
  before: number,
  count: number,
): Promise<string[]> {
  const { says, hears } = door.roundTrip;
  const answers = () =>
    textsOf(peer)
      .slice(before)
      .filter((text) => !door.isNoise(text));
  const waitFor = async (what: string, isThere: () => boolean): Promise<void> => {
    await peer.until(what, () => isThere() || isOver(peer));
    if (!isThere()) throw new Error(`It closed before ${what}: ${answers().join(' ')}`);
  };
  await waitFor(`${count} answers`, () => answers().length >= count);
  peer.write(clientFrame(says));
  await waitFor('a round trip', () => answers().some((text) => text.includes(hears)));
  return answers().slice(
    0,
    answers().findIndex((text) => text.includes(hears)),
  );
}

async function expectOutcome(
  peer: RawPeer,
  door: Door,
  before: number,
  { answers, close }: SocketExpectation,
): Promise<void> {
  if (close !== undefined) {
    expect([close].flat()).toContain(await closeCode(peer));
    return;
  }
  const texts = await answersSince(peer, door, before, answers?.length ?? 0);
  expect(texts.map((text) => door.labelOf(text))).toEqual(answers);
  for (const text of texts.filter((answer) => door.isRefusal(answer))) {
    expect(text).not.toMatch(LEAK);
    expect(text).not.toContain(MARKER);
  }
}

/** Sends what the input says on a connection of its own, and looks at what becomes of it. */
export async function attackOverSocket(
  scene: Scene,
  door: Door,
  input: SocketInput | TextInput,
): Promise<void> {
  const { names } = scene;
  const bytes =
    'texts' in input
      ? Buffer.concat(input.texts.map((text) => clientFrame(toBuffer(text, names))))
      : toBuffer(input.send, names);
  const peer = await enter(scene, door, toBuffer(input.at ?? door.path, names).toString());
  try {
    const before = textsOf(peer).length;
    peer.write(bytes);
    if (input.expect === 'reset') peer.socket.resetAndDestroy();
    else await expectOutcome(peer, door, before, input.expect);
  } finally {
    peer.close();
  }
}
