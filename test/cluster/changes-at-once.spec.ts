import { afterAll, beforeAll, expect, it } from 'vitest';
import { Journal } from '../../src/core/ports/journal.js';
import { turns } from '../persistence/support/race.js';
import { messageIn, range } from '../support/chat-shapes.js';
import { startNodes, type TestNodes } from '../support/nodes.js';
import { describeWithRedis } from '../support/redis-server.js';
import { seededRandom } from '../support/seeded-random.js';
import { clientOf, close, crowdIn } from './support/crowd.js';

const ROUNDS = 30;
/** Changes nothing, and is applied behind everything that was written before. */
const NOTHING = JSON.stringify({ name: 'user.blocked', event: { userId: '0', blockedId: '0' } });

const { seed, random } = seededRandom();

describeWithRedis('one message changed on two nodes at once', () => {
  let service: TestNodes;
  beforeAll(async () => void (service = await startNodes()));
  afterAll(() => service.stop());

  it('leaves everybody with the last edit and all reactions, wherever they were made', async () => {
    const crowd = await crowdIn(service);
    const { id, writers, readers } = crowd;
    const clients = writers.map(clientOf);
    const others = readers.map(clientOf);
    const stale: unknown[] = [];
    for (const n of range(1, ROUNDS)) {
      const [one] = clients;
      const { id: messageId } = messageIn((await one?.send(id, `${n}`)) ?? {});
      await Promise.all([
        ...clients.map(async (client, node) => {
          await turns(random, 5);
          await client.expect('message:edit', { messageId, content: `${n}, edited on ${node}` });
        }),
        ...others.map(async (client) => {
          await turns(random, 5);
          await client.expect('message:react', { messageId, emoji: '👍' });
        }),
      ]);
      for (const node of service.nodes) await node.get(Journal).write(NOTHING, true);
      const [stored] = await service.database.query('SELECT content FROM messages WHERE id = $1', [
        messageId,
      ]);
      for (const [node, client] of [...clients, ...others].entries()) {
        await client.settled();
        const edit = client.received('message:updated').map(messageIn);
        const last = edit.filter((message) => message.id === messageId).at(-1);
        const reaction = client
          .received('message:reaction')
          .filter((e) => e.messageId === messageId)
          .at(-1);
        const users = (reaction?.reactions as Record<string, unknown[]> | undefined)?.['👍'];
        if (last?.content !== stored?.content)
          stale.push([n, node, last?.content, stored?.content]);
        if (users?.length !== 2) stale.push([n, node, reaction]);
      }
    }
    expect({ seed, stale }).toEqual({ seed, stale: [] });
    close(crowd);
  }, 60_000);
});
