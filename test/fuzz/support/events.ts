import fc from 'fast-check';
import type { ClientEvents as ChatEvents } from '../../../src/dialects/chat/chat.events.js';
import type { ClientFrames as LiveFrames } from '../../../src/dialects/live/live.events.js';
import type { ClientEvents as RootEvents } from '../../../src/dialects/root/root.events.js';
import type { ClientFrames as SalonFrames } from '../../../src/dialects/salon/salon.events.js';
import type { ClientFrames as VezaFrames } from '../../../src/dialects/veza/veza.events.js';

/** What there is to be named: filled in before anything is sent. */
export interface World {
  readonly room: number;
  readonly foreign: number;
  readonly message: number;
  readonly foreignMessage: number;
  readonly token: string;
}

/** A generator for each field of each event: a new one of either does not compile without. */
type FieldsOf<P> = { readonly [F in keyof P]-?: fc.Arbitrary<unknown> };
type OfEvents<E extends Record<keyof E, { payload: unknown }>> = {
  readonly [N in keyof E]: FieldsOf<E[N]['payload']>;
};
type OfFrames<E> = { readonly [N in keyof E]: FieldsOf<E[N]> };

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('hello', '@attacker hello', '👍', ' ', 'https://example.org', '\u202e', ''),
);
const flag = fc.boolean();
const small = fc.integer({ min: -2, max: 120 });
const clientId = fc.constantFrom('a', 'b', 'c');
const userRef = fc.constantFrom<unknown>(1, '1', 'fuzzer', 'nobody', 0, 'private_1_2');
const url = fc.constantFrom(
  'https://example.org/a.png',
  '/uploads/00000000-0000-4000-8000-000000000000',
  'ftp://example.org',
  'file',
);
const urls = fc.array(url, { maxLength: 3 });
const userRefs = fc.array(userRef, { maxLength: 3 });
const emoji = fc.constantFrom('👍', '❤️', '🏳️‍🌈', 'x', '');
const kind = fc.constantFrom('text', 'image', 'audio', 'voice', 'video', 'file', 'system', 'x');

const roomRef = ({ room, foreign }: World) =>
  fc.constantFrom<unknown>(room, String(room), `room_${room}`, foreign, 'lobby', 'nowhere', 0);
const messageRef = ({ message, foreignMessage }: World) =>
  fc.constantFrom<unknown>(message, foreignMessage, message + 1, 2 ** 40);

export function chatEvents(world: World): OfEvents<ChatEvents> {
  const conversationId = roomRef(world);
  const messageId = messageRef(world);
  return {
    'conversation:join': { conversationId, afterSeq: small },
    'conversation:leave': { conversationId },
    'conversation:users:online': { conversationId },
    'conversation:list': { cursor: text, limit: small },
    'conversation:history': { conversationId, before: small, after: small, limit: small },
    'message:send': {
      conversationId,
      content: text,
      type: kind,
      attachments: urls,
      replyTo: messageId,
      mentions: userRefs,
      clientMessageId: clientId,
    },
    'message:edit': { messageId, content: text },
    'message:delete': { messageId },
    'message:react': { messageId, emoji },
    'message:unreact': { messageId, emoji },
    'message:read': { messageId },
    'message:report': { messageId, reason: text, details: text },
    'message:typing': { conversationId, isTyping: flag },
    'moderation:action': {
      action: fc.constantFrom('ban', 'mute', 'shadow', 'kick', 'unban', 'unmute', 'unshadow', 'x'),
      userId: userRef,
      conversationId,
      durationMinutes: small,
      reason: text,
    },
    'auth:refresh': { token: fc.constantFrom(`${world.token}x`, 'x.y.z', '', world.token) },
    'user:block': { userId: userRef },
    'user:unblock': { userId: userRef },
    'user:blocks': {},
  };
}

export function rootEvents(world: World): OfEvents<RootEvents> {
  const roomId = roomRef(world);
  const context = fc.record(
    { roomId, replyTo: messageRef(world), more: fc.jsonValue({ maxDepth: 3 }) },
    { requiredKeys: [] },
  );
  return {
    message: { message: text, context, clientMessageId: clientId },
    typing: { isTyping: flag, roomId },
  };
}

export function vezaFrames(world: World): OfFrames<VezaFrames> {
  const room_id = roomRef(world);
  const message_id = messageRef(world).map((id) => `msg_${String(id)}`);
  return {
    auth: { token: fc.constantFrom(world.token, `${world.token}x`, 'x.y.z', '') },
    join_room: { room_id, last_message_id: message_id },
    leave_room: { room_id },
    message: {
      room_id,
      recipient_id: userRef,
      is_private: flag,
      content: text,
      message_type: kind,
      reply_to: message_id,
      mentions: userRefs,
      attachments: urls,
      id: clientId,
    },
    typing_start: { room_id },
    typing_stop: { room_id },
    read_receipt: { message_id },
    file_upload: {
      room_id,
      file_name: text,
      mime_type: fc.constantFrom('text/plain', 'image/png', ''),
      content: fc.oneof(fc.base64String({ maxLength: 40 }), text),
    },
    report_message: { message_id, reason: text, details: text },
    ping: {},
    pong: {},
  };
}

export function salonFrames(world: World): OfFrames<SalonFrames> {
  const room = roomRef(world);
  const content = {
    content: fc.oneof(text, emoji),
    message_type: fc.oneof(kind, fc.constant('reaction')),
    media_url: url,
    media_type: fc.constantFrom('image/png', ''),
    duration: small,
    reply_to: messageRef(world),
    client_message_id: clientId,
  };
  return {
    join_room: { room },
    room_message: { room, ...content },
    direct_message: { to_user_id: userRef, ...content },
    room_history: { room, limit: small, offset: small },
    dm_history: { with_user: userRef, limit: small, offset: small },
    ping: {},
  };
}

export const liveFrames = (): OfFrames<LiveFrames> => ({
  chat_message: { message: text, client_message_id: clientId },
  typing_start: {},
  typing_stop: {},
  moderation_action: {
    action: fc.constantFrom('ban', 'mute', 'unban', 'unmute', 'kick'),
    target_user_id: userRef,
    duration_minutes: small,
  },
  ping: {},
});
