import { expect } from 'vitest';
import { EventBus } from '../../src/core/ports/event-bus.js';
import type { TestApp } from './app.js';
import { INSTANT, POSITIVE } from './chat-shapes.js';
import type { Closed, FrameClient, FrameOptions } from './frame-client.js';
import { within } from './patience.js';
import { someone, tokenFor, type TestUser } from './tokens.js';

type Json = Record<string, unknown>;

export const PSEUDONYM: unknown = expect.stringMatching(/^Anonymous_[0-9a-f]{10}$/);

/** Who is null is a visitor without a token. */
export const userData = (user: TestUser | null): Json =>
  user ? { user_id: user.id, username: user.name } : { user_id: null, username: PSEUDONYM };

/** The `data` of a plain message (docs/protocols/live.md). */
export const aMessage = (room: unknown, user: TestUser | null, fields: Json): Json => ({
  id: POSITIVE,
  ...userData(user),
  timestamp: INSTANT,
  room_id: room,
  ...fields,
});

export const anError = (message: string, code: string, additions: Json = {}): Json => ({
  message,
  code,
  ...additions,
});

/** A refusal of these fields, and of no others, whatever rules they broke. */
export const invalid = (...fields: string[]): Json =>
  anError('Invalid message format', 'VALIDATION_FAILED', { fields: brokenBy(...fields) });

const brokenBy = (...fields: string[]) =>
  fields.map((field) => ({ field, rules: expect.arrayContaining([expect.any(String)]) }));

export const EMPTY: Json = anError('Message cannot be empty', 'VALIDATION_FAILED', {
  fields: brokenBy('message'),
});
export const DENIED: Json = anError('Access denied', 'PERMISSION_DENIED');

let lastSlug = 0;

/** The name of a room that nobody has been in. */
export const newSlug = (): string => `live-${++lastSlug}`;

export interface LiveGathering<N extends readonly (string | null)[]> {
  readonly slug: string;
  /** `room/<slug>`, as `TestApp.live` takes it. */
  readonly place: string;
  readonly id: number;
  readonly users: { readonly [K in keyof N]: N[K] extends null ? null : TestUser };
  readonly clients: { readonly [K in keyof N]: FrameClient };
}

/** A room that comes to be by it, with new users and, where a name is null, visitors in it. */
export async function gatherLive<const N extends readonly (string | null)[]>(
  app: TestApp,
  names: N,
  slug = newSlug(),
): Promise<LiveGathering<N>> {
  const users = names.map((name) => (name === null ? null : someone(name)));
  const place = `room/${slug}`;
  const clients: FrameClient[] = [];
  for (const user of users) {
    clients.push(await app.live(user, place));
    // All who were there before know of it.
    for (const other of clients.slice(0, -1)) await other.next('user_joined');
  }
  const [first] = clients;
  return { slug, place, id: first ? roomIdOf(first) : 0, users, clients } as never;
}

/** Goes to a room, to be let in or not; null is a visitor. */
export async function dial(
  app: TestApp,
  user: TestUser | null,
  room: number | string,
): Promise<FrameClient> {
  const token = user ? `?token=${await tokenFor(user)}` : '';
  return app.dialRaw(`/chat/ws/room/${room}${token}`);
}

/** What the client was told as it came in. */
export function welcomeOf(client: FrameClient): Json {
  const [welcome] = client.received('room_joined');
  if (!welcome) throw new Error('It was not let in');
  return welcome;
}

export const roomIdOf = (client: FrameClient): number => Number(welcomeOf(client).room_id);

/** The whole frame that comes next of that type. */
export async function frameOf(client: FrameClient, type: string): Promise<Json> {
  const data = await client.next(type);
  return client.frames.find((frame) => frame.data === data) ?? {};
}

/** Sends a message, and resolves with it as everyone in the room gets it. */
export const speak = (client: FrameClient, message: string, fields: Json = {}): Promise<Json> => {
  client.send('chat_message', { message, ...fields });
  return client.next('chat_message', (data) => data.message === message);
};

/** Everything that was told to a client that is not let in, and how it was closed. */
export async function refusal(client: FrameClient): Promise<Closed & { errors: Json[] }> {
  const closed = await client.closed();
  expect(client.frames.filter(({ type }) => type !== 'error')).toEqual([]);
  return { ...closed, errors: client.received('error') };
}

export const FORBIDDEN = { code: 4003, reason: 'forbidden' };
export const NOT_FOUND = { code: 4004, reason: 'not found' };
export const UNAUTHENTICATED = { code: 1008, reason: 'authentication failed' };

/** From an address, as the proxy in front of a service with TRUST_PROXY=1 says. */
export const from = (address: string): FrameOptions => ({
  headers: { 'x-forwarded-for': address },
});

/** To be called before: resolves once the room has been deleted. */
export function ended(app: TestApp, roomId: number): Promise<void> {
  return within(
    `the end of room ${roomId}`,
    new Promise((resolve) => {
      app.get(EventBus).subscribe('conversation.deleted', ({ conversationId }) => {
        if (conversationId === roomId) resolve();
      });
    }),
  );
}
