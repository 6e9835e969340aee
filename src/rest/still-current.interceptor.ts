import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { map, type Observable } from 'rxjs';
import { ChatError } from '../core/core.errors.js';
import { Nodes } from '../core/ports/nodes.js';

const READS: readonly string[] = ['GET', 'HEAD'];

/**
 * What was read while this node was cut off may be nothing for that user any more: UNAVAILABLE. What
 * was done is answered as it was done, and what is on its way is.
 */
@Injectable()
export class StillCurrentInterceptor implements NestInterceptor {
  constructor(private readonly nodes: Nodes) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    if (!READS.includes(http.getRequest<Request>().method)) return next.handle();
    const { term } = this.nodes;
    return next.handle().pipe(
      map((answer: unknown) => {
        const { headersSent } = http.getResponse<Response>();
        if (headersSent || this.nodes.hasBeenCurrentSince(term)) return answer;
        throw new ChatError('UNAVAILABLE');
      }),
    );
  }
}
