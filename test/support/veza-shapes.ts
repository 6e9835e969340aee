import { expect } from 'vitest';
import type { TestApp } from './app.js';
import { withoutPings, type FrameClient } from './frame-client.js';
import { someone, type TestUser } from './tokens.js';

export type Json = Record<string, unknown>;

/** What the server sends, whole. */
export interface Frame {
  readonly type: string;
  readonly id: string;
  readonly timestamp: number;
  readonly data: Json;
  readonly metadata?: { readonly request_id: string };
}

const HOUR_MS = 3_600_000;

/** Milliseconds since the epoch, about now: seconds would not do. */
export const MOMENT: unknown = {
  asymmetricMatch: (value: unknown) =>
    Number.isInteger(value) && Math.abs(Number(value) - Date.now()) < HOUR_MS,
  toString: () => 'a moment in milliseconds',
};

export const MESSAGE_ID: unknown = expect.stringMatching(/^msg_[1-9]\d*$/);
export const FRAME_ID: unknown = expect.stringMatching(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
);

/** A whole frame that answers nobody; one about a message bears its id. */
export const aFrame = (type: string, data: unknown, id: unknown = FRAME_ID): Json => ({
  type,
  id,
  timestamp: MOMENT,
  data,
});

/** A whole frame that answers the request of that id. */
export const anAnswer = (request: string, type: string, data: unknown, id?: unknown): Json => ({
  ...aFrame(type, data, id),
  metadata: { request_id: request },
});

const aContent = (room: number | string, fields: Json): Json => ({
  room_id: room,
  message_id: MESSAGE_ID,
  message_type: 'text',
  timestamp: MOMENT,
  mentions: [],
  attachments: [],
  ...fields,
});

/** The `data` of `message_received`, as a plain text message has it (docs/protocols/veza.md). */
export const inRoom = (room: number | string, { id, name }: TestUser, fields: Json): Json => ({
  user_id: String(id),
  username: name,
  is_edited: false,
  is_deleted: false,
  ...aContent(room, fields),
});

/** As `inRoom`, of `private_message`; the room is as its reader calls it. */
export const toReader = (reader: TestUser, from: TestUser, fields: Json): Json => ({
  sender_id: String(from.id),
  sender_username: from.name,
  is_read: false,
  ...aContent(`private_${reader.id}_${from.id}`, fields),
});

export const userData = ({ id, name }: TestUser): Json => ({ user_id: String(id), username: name });

/** The `data` of a failure. */
export const anError = (code: number, type: string, additions: Json = {}): Json => ({
  code,
  error_type: type,
  message: expect.stringMatching(/\.$/),
  suggestion: expect.stringMatching(/\.$/),
  ...additions,
});

/** As `anError`, of a refusal of these fields, and of no others, whatever rules they broke. */
export const invalid = (...fields: string[]): Json =>
  anError(1007, 'invalid_message_format', {
    details: expect.stringMatching(
      new RegExp(`^${fields.map((name) => `${name} .+`).join('; ')}$`),
    ),
    fields: fields.map((field) => ({ field, rules: expect.arrayContaining([expect.any(String)]) })),
  });

let lastRequest = 0;

/** Sends it in the document's envelope; returns the envelope's id. */
export function say(
  client: FrameClient,
  type: string,
  data: unknown,
  id = `request_${++lastRequest}`,
): string {
  client.raw(JSON.stringify({ type, id, timestamp: Date.now(), data }));
  return id;
}

const frameWith = (client: FrameClient, data: Json): Frame => {
  const found = client.frames.find((frame) => frame.data === data);
  if (!found) throw new Error('No frame has this data');
  return found as unknown as Frame;
};

/** All that came, but for the service's own pings, which come when they come. */
export const told = (client: FrameClient): readonly Frame[] =>
  withoutPings(client.frames) as unknown as Frame[];

/** The whole frame that comes next of that type and fits. */
export async function frameOf(
  client: FrameClient,
  type: string,
  fits: (frame: Frame) => boolean = () => true,
): Promise<Frame> {
  return frameWith(client, await client.next(type, (data) => fits(frameWith(client, data))));
}

/** The whole frame of that type that answers the request. */
export const answerTo = (client: FrameClient, request: string, type: string): Promise<Frame> =>
  frameOf(client, type, ({ metadata }) => metadata?.request_id === request);

/** Sends, and resolves with the `data` of the frame that answers: one of that type. */
export async function ask(
  client: FrameClient,
  type: string,
  data: unknown,
  answer: string,
): Promise<Json> {
  return (await answerTo(client, say(client, type, data), answer)).data;
}

export const join = (client: FrameClient, room: number | string, more: Json = {}): Promise<Json> =>
  ask(client, 'join_room', { room_id: room, ...more }, 'room_joined');

/** Sends a message, and resolves with what its sender is told of it. */
export const send = (client: FrameClient, room: number | string, fields: Json): Promise<Json> =>
  ask(client, 'message', { room_id: room, ...fields }, 'message_received');

/** The id in a `message_id`, as REST and other protocols have it. */
export const bareId = (data: Json): number => Number(String(data.message_id).slice('msg_'.length));

export const contentsOf = (messages: readonly Json[]): unknown[] =>
  messages.map(({ content }) => content);

export interface VezaGathering<N extends readonly string[]> {
  readonly id: number;
  readonly room: string;
  readonly users: { readonly [K in keyof N]: TestUser };
  readonly clients: { readonly [K in keyof N]: FrameClient };
}

let lastRoom = 0;

/** A room of new users, the first its owner; all of them connected and joined by its slug. */
export async function gatherVeza<const N extends readonly string[]>(
  app: TestApp,
  names: N,
  fields: Json = {},
): Promise<VezaGathering<N>> {
  const users = names.map((name) => someone(name));
  const room = `veza-${++lastRoom}`;
  const id = await app.conversation(users, { slug: room, ...fields });
  const clients: FrameClient[] = [];
  for (const user of users) {
    const client = await app.veza(user);
    await join(client, room);
    clients.push(client);
  }
  return { id, room, users, clients } as unknown as VezaGathering<N>;
}
