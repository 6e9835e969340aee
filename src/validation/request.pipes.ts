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

const validation = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidUnknownValues: false,
  exceptionFactory: validationFailed,
});

/** For what comes in over HTTP: inspected, then validated. */
export const REQUEST_PIPES = [InspectionPipe, validation] as const;
