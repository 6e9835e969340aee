import { IsBoolean, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { ChatError } from '../../core/core.errors.js';
import { LIMITS } from '../../core/core.limits.js';
import type { MessageId } from '../../core/model/message.js';
import { CONVERSATION_REF, IsConversationRef, isConversationRef } from '../../validation/rules.js';

const MAX_CONTEXT_BYTES = 4_096;
const MAX_CONTEXT_DEPTH = 8;

type Context = Readonly<Record<string, unknown>>;

export class MessagePayload {
  @IsString()
  message!: string;

  @IsOptional()
  @IsObject()
  context?: Context;

  /** Makes sending again safe. */
  @IsOptional()
  @IsString()
  @Length(1, LIMITS.clientMessageIdLength)
  clientMessageId?: string;
}

export class TypingPayload {
  /** Document 2 sends the bare boolean. */
  static fromWire(value: unknown): unknown {
    return typeof value === 'boolean' ? { isTyping: value } : value;
  }

  @IsBoolean()
  isTyping!: boolean;

  @IsOptional()
  @IsConversationRef()
  roomId?: number | string;
}

export interface Place {
  /** An id where it says one, so that nothing has to be looked up. */
  readonly conversation: number | string | null;
  readonly replyTo: MessageId | null;
}

/** What a message's context says of its place. VALIDATION_FAILED where the context is unfit. */
export function placeOf(context: Context): Place {
  const { roomId = null, replyTo = null } = context;
  if (roomId !== null && !isConversationRef(roomId)) {
    throw ChatError.invalid('context.roomId', CONVERSATION_REF);
  }
  if (depthOf(context) > MAX_CONTEXT_DEPTH) {
    throw ChatError.invalid('context', `must not nest deeper than ${MAX_CONTEXT_DEPTH}`);
  }
  if (Buffer.byteLength(JSON.stringify(context)) > MAX_CONTEXT_BYTES) {
    throw ChatError.invalid('context', `must be at most ${MAX_CONTEXT_BYTES} bytes of JSON`);
  }
  return { conversation: integerOr(roomId), replyTo: replyTo === null ? null : idOf(replyTo) };
}

const integerOr = (ref: number | string | null): number | string | null =>
  typeof ref === 'string' && /^[1-9]\d{0,8}$/.test(ref) ? Number(ref) : ref;

function idOf(replyTo: unknown): MessageId {
  const isId = /^[1-9]\d{0,14}$/.test(String(replyTo));
  if (!isId || (typeof replyTo !== 'number' && typeof replyTo !== 'string')) {
    throw ChatError.invalid('context.replyTo', "must be a message's id");
  }
  return Number(replyTo);
}

/** Levels of objects and arrays; bounded, since the whole payload is. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
