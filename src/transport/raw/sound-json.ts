import { ChatError } from '../../core/core.errors.js';
import { problemOf } from '../../validation/inspect.js';

/** What stands in a frame, fit to be looked at. VALIDATION_FAILED. */
export function soundJson(data: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    throw ChatError.invalid('frame', 'must be JSON');
  }
  const problem = problemOf(value);
  if (problem) throw ChatError.invalid('frame', problem);
  return value;
}
