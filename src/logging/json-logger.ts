import cluster from 'node:cluster';
import type { LoggerService } from '@nestjs/common';
import { destination, pino, type Level, type Logger } from 'pino';

/** Nest's account of its own start, of use only when something there goes wrong. */
const CHATTY = new Set([
  'InstanceLoader',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
  'NestApplication',
]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Error);

/** One JSON object per line. What is logged never holds message content or tokens. */
export class JsonLogger implements LoggerService {
  private readonly logger: Logger;

  constructor(level: string) {
    this.logger = pino(
      {
        level,
        base: cluster.worker ? { worker: cluster.worker.id } : null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: describeError },
        errorKey: 'error',
      },
      destination({ fd: 1, sync: true }),
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and sometimes a stack before it. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const isChatty = level === 'info' && typeof context === 'string' && CHATTY.has(context);
    const target = isChatty ? 'debug' : level;
    const stack = rest.length > 1 ? rest[0] : undefined;
    const details = isRecord(message) ? message : { msg: messageOf(message) };
    const error = message instanceof Error ? { error: message } : {};
    this.logger[target]({ context, ...(stack !== undefined && { stack }), ...error, ...details });
  }
}

const messageOf = (message: unknown): string =>
  message instanceof Error ? message.message : String(message);

/** What an error says of itself. Never its other properties: a failed query carries its values. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { name, message, stack } = error;
  const code: unknown = (error as { code?: unknown }).code;
  return { type: name, message, stack, ...(typeof code === 'string' && { code }) };
}
