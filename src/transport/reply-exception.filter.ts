import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Reply } from './reply.js';

/** Answers an event whose handler, pipe or guard threw. Bound to every gateway. */
@Catch()
export class ReplyExceptionFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const reply = host.getArgs<unknown[]>().find((argument) => argument instanceof Reply);
    reply?.fail(exception);
  }
}
