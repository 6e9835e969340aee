import { redisAddress } from '../../../src/config/redis-address.js';
import { AWAY, type Place, type Spot, type Stay } from '../../../src/core/model/presence.js';
import type { Nodes } from '../../../src/core/ports/nodes.js';
import type { PresenceStore } from '../../../src/core/ports/presence-store.js';
import { RedisPresenceStore } from '../../../src/presence/redis-presence.store.js';
import { RedisLink } from '../../../src/redis/redis-link.js';
import { FakeNodes } from '../../support/fake-nodes.js';

export interface PresenceNode<N extends Nodes = FakeNodes> {
  readonly nodes: N;
  readonly link: RedisLink;
  readonly store: RedisPresenceStore;
  /** Leaves everything as it is, as a killed process does. */
  kill(): void;
  stop(): Promise<void>;
}

const PREFIX = 'test';

/** Nodes of one service, each with its own connections to Redis. */
export async function presenceNodes(
  url: string,
  ids: readonly string[],
  prefix = PREFIX,
): Promise<PresenceNode[]> {
  return Promise.all(FakeNodes.of(...ids).map((nodes) => startNode(url, nodes, prefix)));
}

export async function startNode<N extends Nodes = FakeNodes>(
  url: string,
  nodes: N,
  prefix = PREFIX,
): Promise<PresenceNode<N>> {
  const address = redisAddress(url);
  if (!address) throw new Error(`No address: ${url}`);
  const link = new RedisLink(address);
  await link.settled();
  const store = new RedisPresenceStore(link, prefix, nodes);
  await store.onModuleInit();
  return {
    nodes,
    link,
    store,
    kill: () => link.onApplicationShutdown(),
    stop: async () => {
      await store.onModuleDestroy();
      link.onApplicationShutdown();
    },
  };
}

export const spot = (place: Place, userId: string): Spot => ({
  ...{ place, userId },
  username: `name of ${userId}`,
});

export const connections = (count: number): Stay => ({ ...AWAY, connections: count });

export const entered = (count = 1): Stay => ({
  ...connections(count),
  ...{ isLookingIn: true, mayLookAway: true, isVisiting: true },
});

export const usersIn = async (store: PresenceStore, place: Place): Promise<string[]> =>
  [...(await store.in(place)).keys()].sort();

/** Asks until it is so. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
