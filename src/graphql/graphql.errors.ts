import { unwrapResolverError } from '@apollo/server/errors';
import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ChatError, ERRORS } from '../core/core.errors.js';

const logger = new Logger('GraphQL');

/** What Apollo says of a request that is at fault itself. */
const CLIENTS_FAULTS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** `extensions.code` is of the same catalogue as everywhere. `isVerbose`: with GraphQL's own words. */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  isVerbose: boolean,
): GraphQLFormattedError {
  const error = chatErrorOf(formatted, unwrapResolverError(thrown), isVerbose);
  const { code, message, details, retryAfter } = error;
  if (code === 'INTERNAL') logger.error({ event: 'GRAPHQL_ERROR', code, error: error.cause });
  return {
    message,
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
    extensions: {
      code,
      ...(details && { details }),
      ...(retryAfter !== undefined && { retryAfter }),
    },
  };
}

/** Found only as it is executed, such as a null for what must not be: there is no code for that. */
const isFaultOfQuery = (thrown: unknown): boolean =>
  thrown instanceof GraphQLError && thrown.nodes !== undefined;

function chatErrorOf(
  { message, extensions }: GraphQLFormattedError,
  thrown: unknown,
  isVerbose: boolean,
): ChatError {
  if (thrown instanceof ChatError) return thrown;
  if (!CLIENTS_FAULTS.has(String(extensions?.code)) && !isFaultOfQuery(thrown)) {
    return new ChatError('INTERNAL', { cause: thrown });
  }
  if (isVerbose) return ChatError.invalid('query', message);
  return new ChatError('VALIDATION_FAILED', { text: ERRORS.VALIDATION_FAILED.text });
}
