import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { TestApp } from '../../support/app.js';
import type { ChatClient } from '../../support/chat-client.js';
import { ChatSpeaker } from '../../support/chat-speaker.js';
import type { TestNodes } from '../../support/nodes.js';
import { range } from '../../support/chat-shapes.js';
import { within } from '../../support/patience.js';
import type { Service } from '../../support/service.js';
import type { Speaker } from '../../support/speaker.js';
import { everywhere, speaking } from '../../support/speakers.js';
import { someone, type TestUser } from '../../support/tokens.js';

const LOOK_EVERY_MS = 25;

/** A conversation with a writer and a reader on each node, each of them in every dialect. */
export interface Crowd {
  readonly id: number;
  readonly admin: TestUser;
  readonly alice: TestUser;
  /** `alice`, by node. */
  readonly writers: readonly [readonly Speaker[], readonly Speaker[]];
  /** Somebody else on each. */
  readonly readers: readonly [readonly Speaker[], readonly Speaker[]];
}

export async function crowdIn({ nodes }: TestNodes): Promise<Crowd> {
  const [alice, carol, dave] = [someone('alice'), someone('carol'), someone('dave')];
  const admin = someone('admin', ['admin']);
  const [first, second] = nodes;
  const id = await first.conversation([alice, carol, dave, admin], { type: 'public' });
  const at = (app: TestApp, user: TestUser) => everywhere(app, user, id);
  return {
    ...{ id, admin, alice },
    writers: [await at(first, alice), await at(second, alice)],
    readers: [await at(first, carol), await at(second, dave)],
  };
}

export const chatOf = (speakers: readonly Speaker[]): Speaker => speaking('chat', speakers);

/** For what a speaker has no word for. */
export function clientOf(speakers: readonly Speaker[]): ChatClient {
  const speaker = chatOf(speakers);
  if (!(speaker instanceof ChatSpeaker)) throw new Error('It does not speak chat');
  return speaker.client;
}

/** The ids of everything stored there, in order. */
export async function storedIn({ database }: TestNodes, id: number): Promise<number[]> {
  const rows = await database.query(
    'SELECT id FROM messages WHERE conversation_id = $1 ORDER BY seq',
    [id],
  );
  return rows.map((row) => Number(row.id));
}

/** Everybody has heard everything, once, in the order of the log. */
export async function expectOneOrder(
  seed: number,
  service: TestNodes,
  { id, readers }: Crowd,
): Promise<number> {
  const stored = await storedIn(service, id);
  const last = stored.at(-1) ?? 0;
  for (const [node, speakers] of readers.entries()) {
    for (const reader of speakers) {
      await reader.hearsMessage(last);
      const heard = reader.messages.map((message) => message.id);
      const { dialect } = reader;
      expect({ seed, node, dialect, heard }).toEqual({ seed, node, dialect, heard: stored });
    }
  }
  return stored.length;
}

export const close = ({ readers, writers }: Crowd): void => {
  for (const speaker of [...readers.flat(), ...writers.flat()]) speaker.close();
};

export interface Readiness {
  readonly code: number;
  readonly body: unknown;
}

export async function readinessOf({ url }: { readonly url: string }): Promise<Readiness> {
  const response = await fetch(`${url}/health/ready`);
  return { code: response.status, body: await response.json() };
}

export const READY = { code: 200, body: { status: 'ready', database: 'up', redis: 'up' } };
export const DEGRADED = { code: 200, body: { status: 'degraded', database: 'up', redis: 'down' } };

/** Resolves when each of these says that. */
export async function untilReadinessIs(
  apps: readonly { readonly url: string }[],
  expected: Readiness,
): Promise<void> {
  for (const app of apps) {
    let last: Readiness | null = null;
    const look = async () => {
      for (;;) {
        last = await readinessOf(app);
        if (JSON.stringify(last) === JSON.stringify(expected)) return;
        await delay(LOOK_EVERY_MS);
      }
    };
    await within(`readiness ${JSON.stringify(expected)}`, look()).catch(() => {
      expect(last).toEqual(expected);
    });
  }
}

/** So many by each writer, in every dialect, on both nodes; resolves when all are acked. */
export async function chatter({ id, writers }: Crowd, text: string, count = 2): Promise<void> {
  for (const n of range(1, count)) {
    await Promise.all(writers.flat().map((writer) => writer.say(id, `${text} ${n}`)));
  }
}

/** The call-outs are heard again: typing goes no other way. */
export async function expectTypingHeard({ id, writers, readers }: Crowd): Promise<void> {
  for (const [here, there] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const before = chatOf(readers[there]).heard('typing').length;
    await expect
      .poll(
        async () => {
          await chatOf(writers[here]).type(id, true);
          return chatOf(readers[there]).heard('typing').length;
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBeGreaterThan(before);
  }
}

/** Resolves when each of these says that it can do nothing. */
export async function untilAway(nodes: readonly Service[]): Promise<void> {
  for (const node of nodes) while ((await node.readiness()) !== 503) await delay(LOOK_EVERY_MS);
}
