import {
  applyDecorators,
  Controller,
  Injectable,
  UsePipes,
  ValidationPipe,
  type ArgumentMetadata,
  type PipeTransform,
} from '@nestjs/common';
import { ChatError } from '../core/core.errors.js';
import { problemOf } from '../validation/inspect.js';
import { validationFailed } from '../validation/violations.js';

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

/** A controller whose input is inspected and validated. Global pipes would reach the gateways. */
export const RestController = (path = '') =>
  applyDecorators(Controller(path), UsePipes(InspectionPipe, validation));
