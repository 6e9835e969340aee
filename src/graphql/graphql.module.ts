import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, type DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import type {
  GraphQLError,
  GraphQLFormattedError,
  ValidationContext,
  ValidationRule,
} from 'graphql';
import type { Environment } from '../config/environment.js';
import { CoreModule } from '../core/core.module.js';
import { ChatRoomsResolver } from './chat-rooms.resolver.js';
import { formatError } from './graphql.errors.js';
import { VideosResolver } from './videos.resolver.js';

/** Words of a query, before it is even parsed to its end. */
const MAX_TOKENS = 1_000;
/** Our deepest answer has two levels. Introspection is not counted. */
const MAX_DEPTH = 5;
const MAX_ALIASES = 10;
const MAX_COST = 1_000;

/** Reported as every fault of a query; thrown, they would read as faults of ours. */
const reported = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, error: GraphQLError) => context?.reportError(error),
  ],
};

const LIMITS = [
  maxDepthRule({ n: MAX_DEPTH, flattenFragments: true, ...reported }),
  maxAliasesRule({ n: MAX_ALIASES, ...reported }),
  costLimitRule({ maxCost: MAX_COST, ...reported }),
] as unknown as ValidationRule[];

function configuration({ NODE_ENV }: Environment): ApolloDriverConfig {
  const isProduction = NODE_ENV === 'production';
  return {
    driver: ApolloDriver,
    path: '/graphql',
    autoSchemaFile: true,
    // Apollo's page comes from elsewhere, which our content policy refuses.
    playground: false,
    plugins: [ApolloServerPluginLandingPageDisabled()],
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    validationRules: LIMITS,
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    formatError: (formatted: GraphQLFormattedError, thrown: unknown) =>
      formatError(formatted, thrown, !isProduction),
  };
}

/** `/graphql`: live rooms and videos, as document 5 has them. */
@Module({})
export class GraphqlModule {
  static with(environment: Environment): DynamicModule {
    return {
      module: GraphqlModule,
      imports: [CoreModule, GraphQLModule.forRoot<ApolloDriverConfig>(configuration(environment))],
      providers: [ChatRoomsResolver, VideosResolver],
    };
  }
}
