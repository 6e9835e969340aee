import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { startApp, type TestApp } from './app.js';
import { MARKER } from './bad-input.js';
import type { FrameClient } from './frame-client.js';
import { anError, gatherSalon } from './salon-shapes.js';

type Json = Record<string, unknown>;

export const INVALID = anError('INVALID_FORMAT', expect.any(Object));

/** Somebody who sends what nobody should, beside somebody who must not notice. */
export class Scene {
  app!: TestApp;
  room!: string;
  attacker!: FrameClient;
  private bystander!: FrameClient;
  private rounds = 0;

  async begin(): Promise<void> {
    this.app = await startApp();
    const gathering = await gatherSalon(this.app, ['attacker', 'bystander']);
    this.room = gathering.slug;
    [this.attacker, this.bystander] = gathering.clients;
  }

  /** The one answer to the text, sent as it is: a refusal that does not repeat it. */
  async refused(text: string): Promise<Json> {
    const before = this.attacker.frames.length;
    this.attacker.raw(text);
    await this.attacker.settled();
    const [answer, ...more] = this.attacker.frames.slice(before, -1);
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ type: 'error' });
    expect(JSON.stringify(answer)).not.toContain(MARKER);
    return answer?.data as Json;
  }

  refusedFrame(type: string, data: unknown): Promise<Json> {
    return this.refused(JSON.stringify({ type, data }));
  }

  /** Whatever came before: the connection stays, and others talk on. */
  async goesOn(): Promise<void> {
    const content = `still here, round ${++this.rounds}`;
    this.bystander.send('room_message', { room: this.room, content });
    for (const client of [this.attacker, this.bystander]) {
      await client.next('room_message', (data) => data.content === content);
    }
  }
}

/** A scene for each spec of a file, checked after every one of them. */
export function attackScene(): Scene {
  const scene = new Scene();
  beforeAll(() => scene.begin());
  afterEach(() => scene.goesOn());
  afterAll(() => scene.app.stop());
  return scene;
}
