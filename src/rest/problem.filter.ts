import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import type { Response } from 'express';
import { asChatError, ChatError, ERRORS, type ErrorCode } from '../core/core.errors.js';

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTH_FAILED',
  403: 'PERMISSION_DENIED',
  409: 'CONFLICT',
  413: 'FILE_TOO_LARGE',
  429: 'RATE_LIMITED',
};

const TEXTS: Readonly<Record<number, string>> = {
  400: 'The request is not valid: its body must be well-formed JSON.',
  404: 'There is nothing here.',
  405: 'This method is not supported here.',
  415: 'This content type or encoding is not supported.',
};

interface Failure {
  readonly status: number;
  readonly error: ChatError;
}

/** What the framework refused, in words of ours: its own may quote the input. */
function failureOf(thrown: unknown): Failure {
  const status = statusOf(thrown);
  if (thrown instanceof ChatError || status === null || status >= 500) {
    const error = asChatError(thrown);
    return { status: ERRORS[error.code].status, error };
  }
  const code = CODES[status] ?? 'VALIDATION_FAILED';
  return { status, error: new ChatError(code, { text: TEXTS[status] ?? ERRORS[code].text }) };
}

function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const status: unknown = (thrown as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : null;
}

/** Every HTTP failure as `application/problem+json` (RFC 9457) with `code`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw thrown;
    const response = host.switchToHttp().getResponse<Response>();
    const { status, error } = failureOf(thrown);
    // Whoever says UNAVAILABLE for no error has said why, where there was anything to say.
    const isExpected = error.code === 'UNAVAILABLE' && error.cause === undefined;
    if (status >= 500 && !isExpected) {
      this.logger.error({ event: 'HTTP_ERROR', code: error.code, error: error.cause });
    }
    if (response.headersSent) return;
    sendProblem(response, status, error);
  }
}

export function sendProblem(response: Response, status: number, error: ChatError): void {
  const { code, message, details, retryAfter } = error;
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        code,
        detail: message,
        ...(details && { details }),
        ...(retryAfter !== undefined && { retryAfter }),
      }),
    );
}
