import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildClientSchema,
  getIntrospectionQuery,
  printSchema,
  type IntrospectionQuery,
} from 'graphql';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { expectFailure, graphql, type GraphqlClient } from './support/graphql-client.js';
import { FAULTS, LIMITS } from './support/queries.js';

const SCHEMA = `type ChatRoom {
  id: Int!
  slug: String
  name: String!
  description: String
  isPublic: Boolean!
  createdAt: DateTime!
  participantCount: Int!
}

scalar DateTime

type Video {
  id: ID!
  title: String!
}

type Query {
  chatRooms(limit: Int! = 100): [ChatRoom!]!
}

type Mutation {
  createChatRoom(name: String!, slug: String, description: String, isPublic: Boolean! = true): ChatRoom!
  registerVideo(id: ID!, title: String!): Video!
}`;

describe('GraphQL in development', () => {
  let app: TestApp;
  let client: GraphqlClient;
  beforeAll(async () => {
    app = await startApp({ NODE_ENV: 'development' });
    client = await graphql(app, someone('alice'));
  });
  afterAll(() => app.stop());

  it('tells its whole schema, which is this one', async () => {
    const { data } = await client.ask(getIntrospectionQuery({ descriptions: false }));
    const schema = buildClientSchema(data as unknown as IntrospectionQuery);
    expect(printSchema(schema)).toBe(SCHEMA);
  });

  it('says what each operation is for', async () => {
    const { data } = await client.ask(
      '{ __schema { queryType { fields { description } } mutationType { fields { description } } } }',
    );
    const { __schema: schema } = data as unknown as {
      __schema: Record<string, { fields: { description: string | null }[] }>;
    };
    const descriptions = Object.values(schema).flatMap(({ fields }) => fields);
    expect(descriptions).toHaveLength(3);
    for (const { description } of descriptions) expect(description).toMatch(/\w \w.*\.$/);
  });

  describe('a query that is none', () => {
    it.each(FAULTS)('is refused, and told why: %s', async (_, { query, variables, why }) => {
      const failure = expectFailure(await client.ask(query, variables), 'VALIDATION_FAILED', 400);
      expect(failure.extensions.details).toEqual([
        { field: 'query', rules: [expect.stringMatching(why)] },
      ]);
    });

    it('names the places at fault', async () => {
      const answer = await client.ask('{\n  chatRooms { id nme }\n}');
      expect(answer.errors).toMatchObject([{ locations: [{ line: 2, column: 18 }] }]);
    });

    it('is told of all that is wrong with it', async () => {
      const { status, errors } = await client.ask('{ chatRooms { nme } rooms { id } }');
      expect([status, errors?.length]).toEqual([400, 2]);
    });

    it.each([
      ['a subscription', 'subscription { __typename }', {}],
      [
        'null for the condition of a directive',
        'query ($is: Boolean = true) { chatRooms @skip(if: $is) { id } }',
        { is: null },
      ],
    ])('is the client’s fault where only its execution shows that: %s', async (...args) => {
      const [, query, variables] = args;
      const { errors } = await client.ask(query, variables);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['VALIDATION_FAILED']);
    });
  });

  describe.each(LIMITS)('the limit of %s', (_, { most, tooMuch, why }) => {
    it('lets through what is just below it', async () => {
      const { status, errors } = await client.ask(...most);
      expect([status, errors]).toEqual([200, undefined]);
    });

    const questions = tooMuch.map(([what, ...question]) => ({ what, question }));
    it.each(questions)('refuses what is just above it: $what', async ({ question }) => {
      const failure = expectFailure(await client.ask(...question), 'VALIDATION_FAILED', 400);
      expect(failure.extensions.details?.[0]?.rules[0]).toMatch(why);
    });
  });

  it('counts no name that is dangerous for one that is there', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expectFailure(await client.ask(`{ ${name} }`), 'VALIDATION_FAILED', 400);
      expectFailure(await client.ask(`{ ...${name} }`), 'VALIDATION_FAILED', 400);
      const { data } = await client.ask(`query ${name} { ${name}: __typename }`, {}, name);
      expect(Object.entries(data ?? {})).toEqual([[name, 'Query']]);
    }
  });

  it('answers UNAVAILABLE while the database is away, and tells nothing of it', async () => {
    const stranded = await startApp();
    try {
      await stranded.database.drop();
      const asker = await graphql(stranded, someone('alice'));
      for (const answer of [await asker.create(), await asker.list()]) {
        const failure = expectFailure(answer, 'UNAVAILABLE', 200);
        expect(JSON.stringify(failure)).not.toMatch(/database|sql|postgres|connect/i);
      }
    } finally {
      await stranded.stop();
    }
  });
});
