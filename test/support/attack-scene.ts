import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startApp, type TestApp } from './app.js';
import { MARKER } from './bad-input.js';
import { withoutPings, type FrameClient } from './frame-client.js';

type Json = Record<string, unknown>;

/** Where it happens, and the two: who attacks, and who must not notice. */
export interface Company {
  readonly room: string;
  readonly clients: readonly [FrameClient, FrameClient];
}

/** Somebody who sends what nobody should, beside somebody who must not notice. */
export abstract class AttackScene {
  app!: TestApp;
  room!: string;
  attacker!: FrameClient;
  protected bystander!: FrameClient;
  private rounds = 0;

  /** What a message in a room is called when it is heard. */
  protected abstract readonly heardAs: string;
  protected abstract gather(names: readonly ['attacker', 'bystander']): Promise<Company>;
  protected abstract say(content: string): void;

  async begin(): Promise<void> {
    this.app = await startApp();
    const { room, clients } = await this.gather(['attacker', 'bystander']);
    this.room = room;
    [this.attacker, this.bystander] = clients;
  }

  /** The one answer to the text, sent as it is: a refusal that does not repeat it. */
  protected async refusal(text: string): Promise<Json> {
    const before = withoutPings(this.attacker.frames).length;
    this.attacker.raw(text);
    await this.attacker.settled();
    const [answer, ...more] = withoutPings(this.attacker.frames).slice(before, -1);
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ type: 'error' });
    expect(JSON.stringify(answer)).not.toContain(MARKER);
    if (!answer) throw new Error('No answer came');
    return answer;
  }

  /** Whatever came before: the connection stays, and others talk on. */
  async goesOn(): Promise<void> {
    const content = `still here, round ${++this.rounds}`;
    this.say(content);
    for (const client of [this.attacker, this.bystander]) {
      await client.next(this.heardAs, (data) => data.content === content);
    }
  }
}

/** For each spec of a file; checked after every one of them. */
export function useScene<Scene extends AttackScene>(scene: Scene): Scene {
  beforeAll(() => scene.begin());
  afterEach(() => scene.goesOn());
  afterAll(() => scene.app.stop());
  return scene;
}
