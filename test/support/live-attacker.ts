import { AttackScene, useScene, type Company } from './attack-scene.js';
import { gatherLive } from './live-shapes.js';

type Json = Record<string, unknown>;

export class Scene extends AttackScene {
  protected readonly heardAs = 'chat_message';
  private said = 0;

  protected async gather(names: readonly ['attacker', 'bystander']): Promise<Company> {
    const { slug, clients } = await gatherLive(this.app, names);
    return { room: slug, clients };
  }

  protected say(message: string): void {
    this.bystander.send('chat_message', { message });
  }

  /** The text of a message is called otherwise here. */
  override async goesOn(): Promise<void> {
    const text = `still here, no. ${++this.said}`;
    this.say(text);
    for (const client of [this.attacker, this.bystander]) {
      await client.next(this.heardAs, ({ message }) => message === text);
    }
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
