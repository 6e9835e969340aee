import { applyDecorators, Controller, UsePipes } from '@nestjs/common';
import { REQUEST_PIPES, STRICT_REQUEST_PIPES } from '../validation/request.pipes.js';

/** A controller whose input is inspected and validated. Global pipes would reach the gateways. */
export const RestController = (path = '') =>
  applyDecorators(Controller(path), UsePipes(...REQUEST_PIPES));

/** As `RestController`; a field that it does not know is refused. */
export const StrictRestController = (path = '') =>
  applyDecorators(Controller(path), UsePipes(...STRICT_REQUEST_PIPES));
