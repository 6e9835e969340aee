import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsInt, Max, Min, ValidateBy } from 'class-validator';
import { LIMITS } from '../core/core.limits.js';

const MAX_CONVERSATION_ID = 2 ** 31 - 1;
const MAX_REF_LENGTH = 300;

const isIntegerIn = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

export const isUserRef = (value: unknown): boolean =>
  typeof value === 'string'
    ? value !== '' && value.length <= LIMITS.userIdLength
    : isIntegerIn(value, 0, Number.MAX_SAFE_INTEGER);

export const rule = (name: string, text: string, validate: (value: unknown) => boolean) =>
  ValidateBy({ name, validator: { validate, defaultMessage: () => text } });

export const CONVERSATION_REF = `must be a conversation's id (1 to ${MAX_CONVERSATION_ID}) or name`;

export const isConversationRef = (value: unknown): value is number | string =>
  typeof value === 'string'
    ? value !== '' && value.length <= MAX_REF_LENGTH
    : isIntegerIn(value, 1, MAX_CONVERSATION_ID);

/** A conversation by id or by name: see `parseConversationRef`. */
export const IsConversationRef = () =>
  rule('isConversationRef', CONVERSATION_REF, isConversationRef);

export const IsUserRef = () => rule('isUserRef', "must be a user's id", isUserRef);

export const AreUserRefs = (max: number) =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(max),
    rule(
      'areUserRefs',
      "must be users' ids",
      (value) => Array.isArray(value) && value.every(isUserRef),
    ),
  );

export const IsMessageId = () => applyDecorators(IsInt(), Min(1), Max(Number.MAX_SAFE_INTEGER));

/** A bound of `seq`: 0 stands before the first message. */
export const IsSeq = () => applyDecorators(IsInt(), Min(0), Max(Number.MAX_SAFE_INTEGER));

export const IsPageLimit = () => applyDecorators(IsInt(), Min(1), Max(LIMITS.pageSize));
