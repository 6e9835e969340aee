import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CoreEvents } from '../../src/core/core.events.js';
import { EventBus } from '../../src/core/ports/event-bus.js';
import { Registry } from '../../src/realtime/registry.js';
import { moderate } from '../dialects/support/moderating.js';
import type { TestApp } from '../support/app.js';
import { startNodes, type TestNodes } from '../support/nodes.js';
import { within } from '../support/patience.js';
import { describeWithRedis } from '../support/redis-server.js';
import { someone, type TestUser } from '../support/tokens.js';

type Expulsion = (app: TestApp, owner: TestUser, id: number, bob: TestUser) => Promise<unknown>;

const EXPULSIONS: readonly (readonly [string, Expulsion])[] = [
  [
    'was removed',
    async (app, owner, id, bob) =>
      (await app.as(owner)).delete(`/conversations/${id}/participants/${bob.id}`),
  ],
  [
    'was banned',
    (app, owner, id, bob) =>
      moderate(app, owner, { action: 'ban', userId: bob.id, conversationId: id }),
  ],
];

async function nobodyHears(app: TestApp, id: number, { id: userId }: TestUser): Promise<void> {
  const connections = () => [...(app.get(Registry).room(id)?.joined.keys() ?? [])];
  while (connections().some(({ identity }) => identity.userId === String(userId))) await delay(10);
}

describeWithRedis('who is let in on one of two nodes', () => {
  let service: TestNodes;
  beforeAll(async () => void (service = await startNodes()));
  afterAll(() => service.stop());

  it.each(EXPULSIONS)('hears nothing where that is told after he %s', async (_, expel) => {
    const [here, there] = service.nodes;
    const [owner, bob] = [someone('owner'), someone('bob')];
    const told: CoreEvents['participant.added'][] = [];
    const bus = here.get(EventBus);
    bus.subscribe('participant.added', (event) => {
      if (event.participant.userId === String(bob.id)) told.push(event);
    });
    const client = await here.root(bob);
    const id = await here.conversation([owner, bob]);
    const admittance = told.find(({ conversation }) => conversation.id === id);
    if (!admittance) throw new Error('Nobody was told that he was added');
    const chat = await here.connect(owner);
    await chat.send(id, 'for both');
    await client.next('message');
    await expel(there, owner, id, bob);
    await bus.publish('participant.added', admittance);
    await within('the end of that', nobodyHears(here, id, bob));
    await chat.send(id, 'among ourselves');
    await client.settled();
    const heard = client.received('message').map(({ message }) => message);
    expect(heard).not.toContain('among ourselves');
  });
});
