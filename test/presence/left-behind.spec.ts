import { expect, it } from 'vitest';
import {
  AWAY,
  SERVICE,
  type Change,
  type Place,
  type Spot,
} from '../../src/core/model/presence.js';
import type { LeftBehind } from '../../src/core/ports/presence-store.js';
import { MemoryPresenceStore } from '../../src/presence/memory-presence.store.js';
import type { PresenceService } from '../../src/presence/presence.service.js';
import type { ComingsService } from '../../src/session/comings.service.js';
import { LeftBehindService } from '../../src/session/left-behind.service.js';
import { FakeNodes } from '../support/fake-nodes.js';

const THERE = { ...AWAY, connections: 1, isVisiting: true };

/** One user of a node that died: each place is taken out once, where nothing refuses it. */
class Remains extends MemoryPresenceStore {
  refused = new Set<Place>([SERVICE, 8]);
  private readonly stays = new Map([7, 8].map((id) => [id, THERE]));

  override leftBy(): Promise<[]> {
    const users: LeftBehind[] = [{ userId: '2', username: 'bob', stays: new Map(this.stays) }];
    return Promise.resolve(users as unknown as []);
  }

  override takeOut(_?: string, place: Place = SERVICE): Promise<Change> {
    if (this.refused.has(place)) return Promise.reject(new Error('Redis is away'));
    if (place !== SERVICE) this.stays.delete(place);
    return Promise.resolve({ before: THERE, after: AWAY });
  }
}

it('what is taken out of a dead node is told, also where the rest has to be done again', async () => {
  const store = new Remains();
  const told: Place[] = [];
  const presence = {
    outlived: async (_: unknown, takeOut: () => Promise<Change>) => {
      await takeOut();
      told.push(SERVICE);
      return new Set();
    },
  };
  const comings = { outlived: ({ place }: Spot) => Promise.resolve(void told.push(place)) };
  const [nodes] = FakeNodes.of('a', 'dead') as [FakeNodes];
  new LeftBehindService(
    store,
    presence as unknown as PresenceService,
    comings as unknown as ComingsService,
    nodes,
  );
  await expect(nodes.hearOfDeath('dead')).rejects.toThrow('Redis is away');
  expect(told).toEqual([7]);
  store.refused = new Set();
  await nodes.hearOfDeath('dead');
  expect(told).toEqual([7, SERVICE, 8]);
});
