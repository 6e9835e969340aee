import { expect } from 'vitest';
import type { WireMessage } from '../../src/dialects/chat/chat.events.js';
import type { Ack, ChatClient } from './chat-client.js';

type Shape = Record<string, unknown>;

/** An instant as every payload writes it. */
export const INSTANT: unknown = expect.stringMatching(
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
);

export const POSITIVE: unknown = expect.any(Number);

/** Every field of a message (docs/protocols/chat.md), as a plain text message has them. */
export const aMessage = (fields: Shape): Shape => ({
  id: POSITIVE,
  seq: POSITIVE,
  type: 'text',
  attachments: [],
  replyTo: null,
  mentions: [],
  reactions: {},
  clientMessageId: null,
  sentAt: INSTANT,
  editedAt: null,
  deletedAt: null,
  ...fields,
});

/** The one shape of a failure. */
export const aFailure = (code: string, additions: Shape = {}): Shape => ({
  success: false,
  message: expect.any(String),
  error: { code, message: expect.any(String), ...additions },
});

/** The message inside an ack or an event. */
export const messageIn = (answer: Shape): WireMessage => answer.message as WireMessage;

/** The messages of an ack's list, `missed` or `messages`. */
export const messagesIn = (answer: Shape, field: string): WireMessage[] =>
  answer[field] as WireMessage[];

export const seqsOf = (messages: readonly WireMessage[]): number[] => messages.map((m) => m.seq);

/** `from`, `from + 1`, … `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Whether an event is about that message. */
export const about = (messageId: number) => (event: Shape) =>
  event.messageId === messageId || (event.message as WireMessage | undefined)?.id === messageId;

/** The code of a refusal, or `ok`. */
export const outcomeOf = (ack: Ack): string => (ack.success ? 'ok' : (ack.error?.code ?? 'none'));

/** Sends that many, without waiting for each; fewer at once than a connection may have pending. */
export async function sendMany(client: ChatClient, conversationId: number, count: number) {
  for (let sent = 0; sent < count; sent += 200) {
    const texts = range(sent + 1, Math.min(sent + 200, count)).map((n) => `message ${n}`);
    await Promise.all(texts.map((text) => client.send(conversationId, text)));
  }
}
