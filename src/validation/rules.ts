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

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** A moment as RFC 3339 writes it: with its offset, so that it means the same everywhere. */
export const IsInstant = () =>
  rule(
    'isInstant',
    'must be a time in ISO 8601, such as 2030-01-31T12:00:00Z',
    (value) => typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
  );
