import { describe, expect, it } from 'vitest';
import type { CoreEvents, RoomEvent } from '../../src/core/core.events.js';
import type { Conversation, ConversationHead } from '../../src/core/model/conversation.js';
import type { Message } from '../../src/core/model/message.js';
import { NO_RULES } from '../../src/core/model/rules.js';
import type { ModerationAct, Sanction } from '../../src/core/model/sanction.js';
import type { CoreEventName } from '../../src/core/ports/event-bus.js';
import { carriageOf, type Happening } from '../../src/realtime/carriage.js';
import { decode, encode } from '../../src/realtime/event-codec.js';

/** A date whose milliseconds would be missed. */
const DATE = new Date('2026-07-01T10:20:30.456Z');
const INSTANT = DATE.toISOString();

/** What users call their own: fields of ours among it, and what a parser may stumble over. */
const THEIRS = JSON.parse(
  JSON.stringify({
    ...{ at: INSTANT, createdAt: INSTANT, sentAt: INSTANT, before: '', constructor: 'c' },
    ...{ nested: { expiresAt: INSTANT, data: { readAt: INSTANT } }, list: [{ at: INSTANT }] },
    ...{ 'lone \uD800 and NUL \0': '\u2028</script>', number: 1e21, nothing: null },
  }).replace('{', '{"__proto__":{"at":"2026-07-01T10:20:30.456Z"},'),
) as Readonly<Record<string, unknown>>;

const head: ConversationHead = { id: 7, type: 'direct', pair: ['1', 'at'], lastSeq: 2 ** 40 };

const conversation: Conversation = {
  ...{ ...head, slug: 'at', title: INSTANT, description: null, isPublic: true },
  ...{ allowAnonymous: false, maxParticipants: null, slowModeSeconds: 0, participantCount: 2 },
  ...{ createdBy: null, createdAt: DATE },
};

const message: Message = {
  ...{ id: 3, conversationId: 7, seq: 9, senderId: 'anonymous:x', senderName: INSTANT },
  ...{ type: 'text', content: INSTANT, attachments: [INSTANT], replyTo: null },
  mentions: [INSTANT, 'at'],
  reactions: { at: ['1'], createdAt: [INSTANT], ['__proto__ ']: ['2'] },
  ...{ clientMessageId: INSTANT, metadata: THEIRS, sentAt: DATE, editedAt: DATE, deletedAt: null },
  isShadowed: false,
};

const act: ModerationAct = {
  ...{ action: 'ban', conversationId: null, userId: '1', username: INSTANT, moderatorId: '2' },
  ...{ reason: INSTANT, at: DATE, expiresAt: DATE },
};

const sanction: Sanction = {
  ...{ id: 1, conversationId: 7, userId: '1', kind: 'ban', moderatorId: '2', reason: INSTANT },
  ...{ createdAt: DATE, expiresAt: DATE },
};

const somebody = { userId: '1', username: INSTANT };

const ROOM_EVENTS: { readonly [T in RoomEvent['type']]: RoomEvent & { type: T } } = {
  'message.created': { type: 'message.created', message },
  'message.updated': { type: 'message.updated', message, revision: 9 },
  'message.deleted': {
    type: 'message.deleted',
    message: { ...message, deletedAt: DATE, metadata: null },
    deletedBy: '2',
  },
  'message.reaction': {
    ...{ type: 'message.reaction', messageId: 3, seq: 2, ...somebody, emoji: 'at', isAdded: true },
    reactions: { at: [INSTANT], expiresAt: ['1'] },
  },
  typing: { type: 'typing', ...somebody, isTyping: true },
  receipt: { type: 'receipt', messageId: 3, userId: '1', readAt: DATE },
  'user.connected': { type: 'user.connected', ...somebody },
  'user.disconnected': { type: 'user.disconnected', ...somebody },
  'user.entered': { type: 'user.entered', ...somebody },
  'user.left': { type: 'user.left', ...somebody },
  'participant.joined': { type: 'participant.joined', ...somebody },
  'participant.left': { type: 'participant.left', ...somebody },
  'conversation.updated': { type: 'conversation.updated', conversation },
  moderation: { type: 'moderation', act },
};

const participant = {
  ...{ conversationId: 7, ...somebody, role: 'member' as const, joinedAt: DATE },
};
const changed = { sanction, conversation: head, act };
const revocation = {
  ...{ id: 1, tokenId: null, userId: '1', before: DATE, expiresAt: DATE, reason: INSTANT },
  ...{ revokedBy: '2', createdAt: DATE },
};

const EVENTS: { readonly [N in Exclude<CoreEventName, 'room.event'>]: CoreEvents[N] } = {
  'messages.committed': { conversationId: 7, messages: [message, message], head: 10 },
  'text.relayed': { text: 'at createdAt', from: 'somebody' },
  'heads.reached': {
    heads: [
      { id: 7, lastSeq: 2 ** 40 },
      { id: 8, lastSeq: 1 },
    ],
  },
  'presence.changed': {
    change: { ...somebody, isOnline: false, lastSeen: DATE },
    conversationIds: [7, 8],
  },
  'notification.raised': {
    userIds: ['1', INSTANT],
    notification: {
      ...{ type: 'system', conversationId: null, title: INSTANT, body: INSTANT, data: THEIRS },
      createdAt: DATE,
    },
  },
  'participant.added': { participant, conversation: { ...head, pair: null } },
  'participant.removed': { participant },
  'sanction.applied': changed,
  'sanction.lifted': { sanction: { ...sanction, expiresAt: null }, conversation: null, act: null },
  'user.kicked': { act, conversation: null },
  'user.blocked': { userId: '1', blockedId: 'at' },
  'user.unblocked': { userId: '1', blockedId: 'at' },
  'tokens.revoked': { revocation },
  'conversation.deleted': { conversationId: 7 },
  'rules.changed': {
    rules: {
      ...NO_RULES,
      words: { languages: ['en'], blocked: ['at', INSTANT], allowed: ['__proto__'] },
      caps: { minLength: 3, share: 0.1 },
    },
    ...{ version: 4, updatedAt: DATE, updatedBy: null },
  },
};

const happenings: Happening[] = [
  ...Object.entries(EVENTS).map(([name, event]) => ({ name, event }) as Happening),
  ...Object.values(ROOM_EVENTS).map((event): Happening => ({
    name: 'room.event',
    event: { conversationId: 7, event, exceptUserId: '1', onlyUserId: INSTANT },
  })),
];

const titleOf = (happening: Happening): string =>
  happening.name === 'room.event' ? `room: ${happening.event.event.type}` : happening.name;

describe('an event on its way to another node', () => {
  it.each(happenings.map((happening) => [titleOf(happening), happening] as const))(
    'is there what it was: %s',
    (_, happening) => {
      const text = encode(happening);
      expect(decode(text)).toStrictEqual(happening);
      // Equality does not look at this: what was read must write itself the same way again.
      expect(encode(decode(text))).toBe(text);
      expect(carriageOf(decode(text))).toBe(carriageOf(happening));
    },
  );

  it('keeps what users wrote, whatever they call it, and lets it change nothing', () => {
    const [event] = happenings.filter(({ name }) => name === 'messages.committed');
    if (event?.name !== 'messages.committed') throw new Error('There is one');
    const heard = decode(encode(event)) as typeof event;
    const metadata = heard.event.messages[0]?.metadata ?? {};
    expect(Object.keys(metadata)).toEqual(Object.keys(THEIRS));
    expect(Object.keys(metadata)).toContain('__proto__');
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).at).toBeUndefined();
  });

  it.each(['at', 'createdAt', '__proto__', 'data', 'metadata', 'reactions'])(
    'tells of a reaction with what is called %s',
    (emoji) => {
      const reactions = Object.fromEntries([[emoji, [INSTANT, '1']]]);
      const { 'message.reaction': event } = ROOM_EVENTS;
      const happening: Happening = {
        name: 'room.event',
        event: { conversationId: 7, event: { ...event, emoji, reactions } },
      };
      const heard = decode(encode(happening)) as typeof happening;
      expect(heard).toStrictEqual(happening);
      expect(Object.keys((heard.event.event as typeof event).reactions)).toEqual([emoji]);
    },
  );
});
