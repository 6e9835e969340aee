import { expect } from 'vitest';
import { AttackScene, useScene, type Company } from './attack-scene.js';
import { anError, gatherSalon } from './salon-shapes.js';

type Json = Record<string, unknown>;

export const INVALID = anError('INVALID_FORMAT', expect.any(Object));

export class Scene extends AttackScene {
  protected readonly heardAs = 'room_message';

  protected async gather(names: readonly ['attacker', 'bystander']): Promise<Company> {
    const { slug, clients } = await gatherSalon(this.app, names);
    return { room: slug, clients };
  }

  protected say(content: string): void {
    this.bystander.send('room_message', { room: this.room, content });
  }

  /** As `refusal`; resolves with the answer's `data`. */
  async refused(text: string): Promise<Json> {
    return (await this.refusal(text)).data as Json;
  }

  refusedFrame(type: string, data: unknown): Promise<Json> {
    return this.refused(JSON.stringify({ type, data }));
  }
}

export const attackScene = (): Scene => useScene(new Scene());
