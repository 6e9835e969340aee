import { expect } from 'vitest';
import { PACKETS } from '../../hostile/support/doors.js';
import type { Scene } from '../../hostile/support/scene.js';
import { LEAK } from '../../hostile/support/leaks.js';
import { enter, isOver, textsOf } from '../../hostile/support/socket-exchange.js';
import { toBuffer } from '../../hostile/support/bytes.js';
import { clientFrame } from '../../support/raw-frames.js';
import type { RawPeer } from '../../support/raw-peer.js';
import type { Grammar, Said } from './grammars.js';

/** Answered in its turn, so that whatever was said before it is answered by then. */
const PING = 'ping';

/** One connection over which things are said, and whose answers are counted. */
class Talk {
  private said = 0;

  private constructor(
    private readonly grammar: Grammar,
    readonly peer: RawPeer,
  ) {}

  static async begin(scene: Scene, grammar: Grammar): Promise<Talk> {
    const { door } = grammar;
    return new Talk(grammar, await enter(scene, door, toBuffer(door.path, scene.names).toString()));
  }

  /** Says all of it at once; resolves when it is answered, with whether the talk goes on. */
  async say(said: readonly Said[]): Promise<boolean> {
    const { grammar, peer } = this;
    const first = this.said;
    const before = textsOf(peer).length;
    this.write(said);
    await this.settle(before, said);
    const heard = textsOf(peer).slice(before);
    for (const text of heard.filter((answer) => grammar.door.isRefusal(answer))) {
      expect(grammar.codes).toContain(grammar.door.labelOf(text));
      expect(text).not.toMatch(LEAK);
    }
    if (isOver(peer)) {
      const farewells = said.map(({ event }) => grammar.farewells.get(event));
      expect(farewells.some((text) => text !== undefined && heard.at(-1)?.includes(text))).toBe(
        true,
      );
      return false;
    }
    this.expectAnswers(heard, said, first);
    return true;
  }

  write(said: readonly Said[]): void {
    const frames = said.map((one) => clientFrame(this.grammar.write(one, this.said++)));
    this.peer.write(Buffer.concat(frames));
  }

  /** Each that is to be answered was, none was twice, and the round trip is not counted. */
  private expectAnswers(heard: readonly string[], said: readonly Said[], first: number): void {
    const { grammar } = this;
    const answers = grammar.answers(heard, said);
    const numbered = answers.filter((number) => number !== null);
    expect(new Set(numbered).size).toBe(numbered.length);
    for (const number of numbered) expect(number).toBeGreaterThanOrEqual(first);
    const due = said.filter(({ event }) => grammar.isAnswered(event)).length;
    const isCounted = grammar.isRoundTripCounted && said.some(({ event }) => event === PING);
    const extra = isCounted ? 1 : 0;
    expect(answers.length - extra).toBeGreaterThanOrEqual(due);
    expect(answers.length - extra).toBeLessThanOrEqual(said.length);
  }

  /** Resolves when a round trip behind it all is over: what comes twice has come by then. */
  private async settle(before: number, said: readonly Said[]): Promise<void> {
    const { grammar, peer } = this;
    const { says, hears } = grammar.door.roundTrip;
    const heard = () => textsOf(peer).slice(before);
    const answered = said.filter(({ event }) => grammar.isAnswered(event));
    // Events of Socket.IO may overtake each other: none is behind the others for certain.
    const due = grammar.door === PACKETS ? answered.length : 0;
    await peer.until('answers', () => grammar.answers(heard(), said).length >= due || isOver(peer));
    const pings = said.filter(({ event }) => event === PING).length;
    peer.write(clientFrame(says));
    const trips = () =>
      heard().filter((text) => text.includes(hears) || (pings > 0 && grammar.door.isRefusal(text)));
    await peer.until('a round trip', () => trips().length > pings || isOver(peer));
  }
}

/** One after the other, each on the connection of the one before as long as that lasts. */
export async function sayOneByOne(
  scene: Scene,
  grammar: Grammar,
  said: readonly Said[],
): Promise<void> {
  let talk = await Talk.begin(scene, grammar);
  try {
    for (const one of said) {
      if (await talk.say([one])) continue;
      talk.peer.close();
      talk = await Talk.begin(scene, grammar);
    }
  } finally {
    talk.peer.close();
  }
  await scene.goesOn();
}

/** All at once; and then either all the answers, or gone before there are any. */
export async function sayAtOnce(
  scene: Scene,
  grammar: Grammar,
  said: readonly Said[],
  isReset: boolean,
): Promise<void> {
  const talk = await Talk.begin(scene, grammar);
  try {
    if (isReset) {
      talk.write(said);
      talk.peer.socket.resetAndDestroy();
    } else {
      expect(await talk.say(said)).toBe(true);
    }
  } finally {
    talk.peer.close();
  }
  await scene.goesOn();
}
