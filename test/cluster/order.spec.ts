import { afterAll, beforeAll, expect, it } from 'vitest';
import { turns } from '../persistence/support/race.js';
import type { ChatClient } from '../support/chat-client.js';
import { messageIn, outcomeOf, range } from '../support/chat-shapes.js';
import { startNodes, type TestNodes } from '../support/nodes.js';
import { describeWithRedis } from '../support/redis-server.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import { clientOf, close, crowdIn, expectOneOrder } from './support/crowd.js';

const MESSAGES = 400;
const ROUNDS = 60;

const { seed, random } = seededRandom();

describeWithRedis('messages sent on two nodes at once', () => {
  let service: TestNodes;
  beforeAll(async () => void (service = await startNodes()));
  afterAll(() => service.stop());

  it('have one order, which everybody hears in all dialects on both', async () => {
    const crowd = await crowdIn(service);
    const writers = crowd.writers.flat();
    for (const n of range(1, MESSAGES)) {
      writers[integerIn(random, 0, writers.length - 1)]?.shout(crowd.id, `message ${n}`);
      await turns(random);
    }
    await Promise.all(writers.map((writer) => writer.settled()));
    const count = await expectOneOrder(seed, service, crowd);
    expect(count).toBe(MESSAGES);
    process.stdout.write(`order: ${count} messages from two nodes, one order for all\n`);
    close(crowd);
  }, 60_000);

  it('are one message where they are sent again, whichever node it is sent to', async () => {
    const crowd = await crowdIn(service);
    const { id, writers, readers } = crowd;
    const [one, other] = [clientOf(writers[0]), clientOf(writers[1])];
    for (const n of range(1, ROUNDS)) {
      const payload = { conversationId: id, content: `${n}`, clientMessageId: `round-${n}` };
      const send = async (client: ChatClient) => {
        await turns(random, 5);
        return client.request('message:send', payload);
      };
      const acks = await Promise.all([send(one), send(other)]);
      const repeats = acks.map(({ duplicate }) => duplicate === true);
      expect({ seed, n, repeats: repeats.sort() }).toEqual({ seed, n, repeats: [false, true] });
      const [first, second] = acks.map(messageIn);
      expect([second?.id, second?.seq]).toEqual([first?.id, first?.seq]);
    }
    expect(await expectOneOrder(seed, service, crowd)).toBe(ROUNDS);
    await Promise.all(readers.flat().map((reader) => reader.settled()));
    for (const reader of readers.flat()) expect(reader.messages).toHaveLength(ROUNDS);
    close(crowd);
  }, 60_000);

  it('are refused as a CONFLICT where one client id stands for two of them', async () => {
    const crowd = await crowdIn(service);
    const { id, writers } = crowd;
    const [one, other] = [clientOf(writers[0]), clientOf(writers[1])];
    for (const n of range(1, ROUNDS)) {
      const send = async (client: ChatClient, content: string) => {
        await turns(random, 5);
        const payload = { conversationId: id, content, clientMessageId: `conflict-${n}` };
        return client.request('message:send', payload);
      };
      const acks = await Promise.all([send(one, 'this'), send(other, 'that')]);
      expect({ seed, outcomes: acks.map(outcomeOf).sort() }).toEqual({
        ...{ seed, outcomes: ['CONFLICT', 'ok'] },
      });
    }
    expect(await expectOneOrder(seed, service, crowd)).toBe(ROUNDS);
    close(crowd);
  }, 60_000);
});
