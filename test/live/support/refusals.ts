import type { TestApp } from '../../support/app.js';
import type { ChatClient } from '../../support/chat-client.js';
import { ChatSpeaker } from '../../support/chat-speaker.js';
import type { FrameClient } from '../../support/frame-client.js';
import { LiveSpeaker } from '../../support/live-speaker.js';
import type { RestAnswer } from '../../support/rest-client.js';
import { RootSpeaker } from '../../support/root-speaker.js';
import { SalonSpeaker } from '../../support/salon-speaker.js';
import type { Heard, Json, Speaker } from '../../support/speaker.js';
import { speaking } from '../../support/speakers.js';
import { VezaSpeaker } from '../../support/veza-speaker.js';
import type { Scene } from './sanctioning.js';

/** How something was refused: the code of the dialect, and for how many seconds. */
export type Refused = readonly [code: unknown, wait: unknown];
export type Refusals = Readonly<Record<string, Refused>>;

/** What somebody tries, by a name for it; each resolves with how it is refused. */
type Attempts = Readonly<Record<string, () => Promise<Refused>>>;

async function acked(client: ChatClient, event: string, payload: unknown): Promise<Refused> {
  const { error } = await client.request(event, payload);
  return [error?.code ?? 'not refused', error?.retryAfter];
}

async function framed(client: FrameClient, type: string, data: unknown): Promise<Refused> {
  const { code, retry_after, details } = await client.request(type, data, 'error');
  return [code, retry_after ?? (details as Json | undefined)?.retry_after];
}

async function answered(answer: Promise<RestAnswer>): Promise<Refused> {
  const { status, body } = await answer;
  const { code, retryAfter } = body as Json;
  return [`${status} ${String(code)}`, retryAfter];
}

/** Of `live`: what its next error says. */
async function told(speaker: Speaker, ask: () => void): Promise<Refused> {
  const before = speaker.log.length;
  ask();
  const isNew = (heard: Heard) => heard.event === 'error' && speaker.log.indexOf(heard) >= before;
  const { wire } = await speaker.hears('other', isNew);
  const { message, code, retry_after } = wire.data as Json;
  return [`${String(code)}: ${String(message)}`, retry_after];
}

/** Saying something, in every dialect and over REST. */
export async function sends(app: TestApp, { id, target, targets }: Scene): Promise<Attempts> {
  const clients = clientsOf(targets);
  const rest = await app.as(target);
  const content = 'let me speak';
  return {
    'chat message:send': () => acked(clients.chat, 'message:send', { conversationId: id, content }),
    'root message': () =>
      acked(clients.root, 'message', { message: content, context: { roomId: id } }),
    'veza message': () => framed(clients.veza, 'message', { room_id: id, content }),
    'salon room_message': () => framed(clients.salon, 'room_message', { room: id, content }),
    'POST messages': () => answered(rest.post(`/conversations/${id}/messages`, { content })),
  };
}

/** Changing what it said before. */
export function edits({ targets }: Scene, messageId: number): Attempts {
  const { chat } = clientsOf(targets);
  const change = { messageId, content: 'as it is' };
  return { 'chat message:edit': () => acked(chat, 'message:edit', change) };
}

/** Reacting to what others said. */
export function signs({ id, targets }: Scene, messageId: number): Attempts {
  const clients = clientsOf(targets);
  const reaction = { messageId, emoji: '👍' };
  const inSalon = { room: id, content: '👍', message_type: 'reaction', reply_to: messageId };
  return {
    'chat message:react': () => acked(clients.chat, 'message:react', reaction),
    'chat message:unreact': () => acked(clients.chat, 'message:unreact', reaction),
    'salon reaction': () => framed(clients.salon, 'room_message', inSalon),
  };
}

export function typing({ id, targets }: Scene): Attempts {
  const clients = clientsOf(targets);
  const isTyping = true;
  return {
    'chat message:typing': () =>
      acked(clients.chat, 'message:typing', { conversationId: id, isTyping }),
    'root typing': () => acked(clients.root, 'typing', { isTyping, roomId: id }),
    'veza typing_start': () => framed(clients.veza, 'typing_start', { room_id: id }),
  };
}

/** Being there, and reading. */
export async function reads(app: TestApp, { id, target, targets }: Scene): Promise<Attempts> {
  const clients = clientsOf(targets);
  const rest = await app.as(target);
  const conversationId = id;
  return {
    'chat conversation:join': () => acked(clients.chat, 'conversation:join', { conversationId }),
    'chat conversation:join, all that was missed': () =>
      acked(clients.chat, 'conversation:join', { conversationId, afterSeq: 0 }),
    'chat conversation:history': () =>
      acked(clients.chat, 'conversation:history', { conversationId }),
    'chat conversation:users:online': () =>
      acked(clients.chat, 'conversation:users:online', { conversationId }),
    'veza join_room': () => framed(clients.veza, 'join_room', { room_id: id }),
    'salon join_room': () => framed(clients.salon, 'join_room', { room: id }),
    'salon room_history': () => framed(clients.salon, 'room_history', { room: id }),
    'GET conversation': () => answered(rest.get(`/conversations/${id}`)),
    'GET messages': () => answered(rest.get(`/conversations/${id}/messages`)),
    'GET participants': () => answered(rest.get(`/conversations/${id}/participants`)),
    'PUT participants': () => answered(rest.put(`/conversations/${id}/participants/${target.id}`)),
  };
}

/** Over a connection that is in the room. */
export function inLive({ targets }: Scene): Attempts {
  const live = speaking('live', targets);
  const ask = (type: string, data: Json) => () => told(live, () => live.emit(type, data));
  return {
    'live chat_message': ask('chat_message', { message: 'let me speak' }),
    'live typing_start': ask('typing_start', {}),
  };
}

/** By a new connection. */
export function intoLive({ id, targets }: Scene): Attempts {
  const live = ofClass(targets, LiveSpeaker);
  return {
    live: () =>
      told(live, () => {
        live.join(id).catch(() => undefined);
      }),
  };
}

/** How each of them was refused; fails on one that was not. */
export async function refusalsOf(...attempts: readonly Attempts[]): Promise<Refusals> {
  const refusals: Record<string, Refused> = {};
  for (const attempt of attempts) {
    for (const [name, ask] of Object.entries(attempt)) refusals[name] = await ask();
  }
  return refusals;
}

const VEZA_CODES = { BANNED: 1008, MUTED: 1002 } as const;

/** As each dialect words one code: the same for all that was tried in it. */
export const wordedAs = (
  refusals: Refusals,
  code: keyof typeof VEZA_CODES,
  wait: unknown,
): Refusals =>
  Object.fromEntries(
    Object.keys(refusals).map((name) => {
      const [dialect = ''] = name.split(' ');
      const words: Record<string, unknown> = {
        ...{ chat: code, root: code, veza: VEZA_CODES[code], salon: 'PERMISSION_DENIED' },
        live: `${code}: You are muted or banned`,
      };
      return [name, [words[dialect] ?? `403 ${code}`, wait]];
    }),
  );

/** Seconds: of an hour that has just begun. */
export const ALMOST_AN_HOUR: unknown = {
  asymmetricMatch: (value: unknown) => Number(value) > 3_500 && Number(value) <= 3_600,
  toString: () => 'the seconds of an hour',
};

/** The one among them that speaks as this class does. */
export function ofClass<T extends Speaker>(
  speakers: readonly Speaker[],
  type: abstract new (...args: never[]) => T,
): T {
  const found = speakers.find((speaker): speaker is T => speaker instanceof type);
  if (!found) throw new Error(`There is no ${type.name}`);
  return found;
}

const clientsOf = (speakers: readonly Speaker[]) => ({
  chat: ofClass(speakers, ChatSpeaker).client,
  root: ofClass(speakers, RootSpeaker).client,
  veza: ofClass(speakers, VezaSpeaker).client,
  salon: ofClass(speakers, SalonSpeaker).client,
});
