import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request } from 'express';
import { map, type Observable } from 'rxjs';
import { ChatError } from '../core/core.errors.js';
import { Nodes } from '../core/ports/nodes.js';

/**
 * What was read while this node was cut off may be nothing for that user any more: UNAVAILABLE. What
 * was done is answered as it was done.
 */
@Injectable()
export class StillCurrentInterceptor implements NestInterceptor {
  constructor(private readonly nodes: Nodes) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.switchToHttp().getRequest<Request>().method !== 'GET') return next.handle();
    const { term } = this.nodes;
    return next.handle().pipe(
      map((answer: unknown) => {
        if (this.nodes.isCurrent && this.nodes.term === term) return answer;
        throw new ChatError('UNAVAILABLE');
      }),
    );
  }
}
