import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { startApp, type TestApp } from './app.js';
import { MARKER } from './bad-input.js';
import type { FrameClient } from './frame-client.js';
import { gatherVeza, send, told, type Frame, type Json } from './veza-shapes.js';

/** Somebody who sends what nobody should, beside somebody who must not notice. */
export class Scene {
  app!: TestApp;
  room!: string;
  attacker!: FrameClient;
  private bystander!: FrameClient;
  private rounds = 0;

  async begin(): Promise<void> {
    this.app = await startApp();
    const gathering = await gatherVeza(this.app, ['attacker', 'bystander']);
    this.room = gathering.room;
    [this.attacker, this.bystander] = gathering.clients;
  }

  /** The one answer to the text, sent as it is: a refusal that does not repeat it. */
  async refused(text: string): Promise<Frame> {
    const before = told(this.attacker).length;
    this.attacker.raw(text);
    await this.attacker.settled();
    const [answer, ...more] = told(this.attacker).slice(before, -1);
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ type: 'error' });
    expect(JSON.stringify(answer)).not.toContain(MARKER);
    if (!answer) throw new Error('No answer came');
    return answer;
  }

  /** As `refused`, in an envelope; resolves with the answer's `data`. */
  async refusedFrame(type: string, data: unknown): Promise<Json> {
    const { metadata, data: refusal } = await this.refused(
      JSON.stringify({ type, id: 'hostile', timestamp: Date.now(), data }),
    );
    expect(metadata).toStrictEqual({ request_id: 'hostile' });
    return refusal;
  }

  /** Whatever came before: the connection stays, and others talk on. */
  async goesOn(): Promise<void> {
    const content = `still here, round ${++this.rounds}`;
    await send(this.bystander, this.room, { content });
    await this.attacker.next('message_received', (data) => data.content === content);
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
