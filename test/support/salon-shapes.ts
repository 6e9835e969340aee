import { expect } from 'vitest';
import type { TestApp } from './app.js';
import { INSTANT, POSITIVE } from './chat-shapes.js';
import type { FrameClient } from './frame-client.js';
import { someone, type TestUser } from './tokens.js';

type Shape = Record<string, unknown>;

/** The `data` of a message in a room, as a plain text message has it (docs/protocols/salon.md). */
export const inRoom = (room: number | string, { id, name }: TestUser, fields: Shape): Shape => ({
  id: POSITIVE,
  room,
  user_id: id,
  username: name,
  message_type: 'text',
  created_at: INSTANT,
  ...fields,
});

/** As `inRoom`, of a direct message. */
export const between = (from: TestUser, to: TestUser, fields: Shape): Shape => ({
  id: POSITIVE,
  from_user_id: from.id,
  from_username: from.name,
  to_user_id: to.id,
  message_type: 'text',
  created_at: INSTANT,
  ...fields,
});

/** As `inRoom`, inside a history. */
export const inHistory = (from: TestUser, fields: Shape): Shape => {
  const { room: _, ...message } = inRoom(0, from, fields);
  return message;
};

/** The `data` of a reaction in a room: it has no id of its own. */
export const reactionIn = (
  room: number | string,
  from: TestUser,
  emoji: string,
  replyTo: unknown,
): Shape =>
  inRoom(room, from, { id: null, message_type: 'reaction', content: emoji, reply_to: replyTo });

/** The one shape of a failure. */
export const anError = (code: string, details: Shape): Shape => ({
  message: expect.any(String),
  code,
  details,
});

/** `details.fields` of a refusal of these fields, whatever rules they broke. */
export const fieldsNamed = (...names: string[]): unknown =>
  expect.arrayContaining(
    names.map((field) => ({ field, rules: expect.arrayContaining([expect.any(String)]) })),
  );

export interface SalonGathering<N extends readonly string[]> {
  readonly id: number;
  readonly slug: string;
  readonly users: { readonly [K in keyof N]: TestUser };
  readonly clients: { readonly [K in keyof N]: FrameClient };
}

interface GatherOptions {
  readonly type?: 'public' | 'private' | undefined;
  /** Behind the token in the URL. */
  readonly query?: string;
}

let lastRoom = 0;

/** A room of new users, the first its owner; all of them connected and joined by its slug. */
export async function gatherSalon<const N extends readonly string[]>(
  app: TestApp,
  names: N,
  { type = 'private', query }: GatherOptions = {},
): Promise<SalonGathering<N>> {
  const users = names.map((name) => someone(name));
  const slug = `salon-${++lastRoom}`;
  const id = await app.conversation(users, { type, slug });
  const clients: FrameClient[] = [];
  for (const user of users) {
    const client = await app.salon(user, query);
    await client.join(slug);
    clients.push(client);
  }
  return { id, slug, users, clients } as unknown as SalonGathering<N>;
}

/** `content` of each, in order. */
export const contentsOf = (messages: readonly Shape[]): unknown[] =>
  messages.map(({ content }) => content);

/** The messages of a history's `data`. */
export const messagesOf = (history: Shape): Shape[] => history.messages as Shape[];
