import {
  applyDecorators,
  Controller,
  UseInterceptors,
  UsePipes,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { REQUEST_PIPES, STRICT_REQUEST_PIPES } from '../validation/request.pipes.js';
import { StillCurrentInterceptor } from './still-current.interceptor.js';

const controllerWith = (path: string, pipes: readonly (PipeTransform | Type<PipeTransform>)[]) =>
  applyDecorators(Controller(path), UsePipes(...pipes), UseInterceptors(StillCurrentInterceptor));

/** A controller whose input is inspected and validated. Global pipes would reach the gateways. */
export const RestController = (path = '') => controllerWith(path, REQUEST_PIPES);

/** As `RestController`; a field that it does not know is refused. */
export const StrictRestController = (path = '') => controllerWith(path, STRICT_REQUEST_PIPES);
