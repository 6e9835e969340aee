import type { ValidationError } from 'class-validator';
import { ChatError, type Violation } from '../core/core.errors.js';

function flatten(errors: readonly ValidationError[], parent: string): Violation[] {
  return errors.flatMap((error) => {
    const field = parent ? `${parent}.${error.property}` : error.property;
    const own = Object.values(error.constraints ?? {});
    // class-validator's texts begin with the property's name; the field says it already.
    const rules = own.map((rule) => rule.replace(`${error.property} `, ''));
    return [
      ...(rules.length > 0 ? [{ field, rules }] : []),
      ...flatten(error.children ?? [], field),
    ];
  });
}

/** Names of fields and rules, never values. */
export const validationFailed = (errors: readonly ValidationError[]): ChatError =>
  new ChatError('VALIDATION_FAILED', { details: flatten(errors, '') });
