import { expect } from 'vitest';
import { AttackScene, useScene, type Company } from './attack-scene.js';
import { gatherVeza, say, type Frame, type Json } from './veza-shapes.js';

export class Scene extends AttackScene {
  protected readonly heardAs = 'message_received';

  protected gather(names: readonly ['attacker', 'bystander']): Promise<Company> {
    return gatherVeza(this.app, names);
  }

  protected say(content: string): void {
    say(this.bystander, 'message', { room_id: this.room, content });
  }

  /** As `refusal`, the whole frame. */
  async refused(text: string): Promise<Frame> {
    return (await this.refusal(text)) as unknown as Frame;
  }

  /** As `refused`, in an envelope; resolves with the answer's `data`. */
  async refusedFrame(type: string, data: unknown): Promise<Json> {
    const { metadata, data: refusal } = await this.refused(
      JSON.stringify({ type, id: 'hostile', timestamp: Date.now(), data }),
    );
    expect(metadata).toStrictEqual({ request_id: 'hostile' });
    return refusal;
  }
}

export const attackScene = (): Scene => useScene(new Scene());
