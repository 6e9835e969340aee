import {
  Injectable,
  ValidationPipe,
  type ArgumentMetadata,
  type PipeTransform,
} from '@nestjs/common';
import { ChatError } from '../core/core.errors.js';
import { problemOf } from './inspect.js';
import { validationFailed } from './violations.js';

/** Refuses what no field's rule would catch, before any rule is asked. */
@Injectable()
class InspectionPipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    const problem = type === 'custom' ? null : problemOf(value);
    if (problem) throw ChatError.invalid(type, problem);
    return value;
  }
}

/** Nothing, or what came as another type than JSON, must not pass for a document without fields. */
@Injectable()
class PresencePipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    const isThere = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (type === 'body' && !isThere) throw ChatError.invalid(type, 'must be JSON, and not empty');
    return value;
  }
}

const OPTIONS = {
  transform: true,
  whitelist: true,
  forbidUnknownValues: false,
  exceptionFactory: validationFailed,
} as const;

const validation = new ValidationPipe(OPTIONS);

/** For what comes in over HTTP: inspected, then validated. */
export const REQUEST_PIPES = [InspectionPipe, validation] as const;

/** As `REQUEST_PIPES`, for documents: a field that is misspelled must not be taken for none. */
export const STRICT_REQUEST_PIPES = [
  PresencePipe,
  InspectionPipe,
  new ValidationPipe({ ...OPTIONS, forbidNonWhitelisted: true }),
] as const;
