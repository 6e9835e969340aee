import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getIntrospectionQuery } from 'graphql';
import { ERRORS } from '../../src/core/core.errors.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { expectInvalid, graphql, type GraphqlClient } from './support/graphql-client.js';
import { FAULTS, LIMITS, MARKER } from './support/queries.js';

describe('GraphQL in production', () => {
  let app: TestApp;
  let client: GraphqlClient;
  beforeAll(async () => {
    app = await startApp({ NODE_ENV: 'production' });
    client = await graphql(app, someone('alice'));
  });
  afterAll(() => app.stop());

  /** Whatever is wrong with it, this is all that is said. */
  const expectSilence = async (...question: Parameters<GraphqlClient['ask']>) => {
    const { status, data = null, errors = [] } = await client.ask(...question);
    expect([status, data, errors.length > 0]).toEqual([400, null, true]);
    for (const { message, extensions } of errors) {
      expect(message).toBe(ERRORS.VALIDATION_FAILED.text);
      expect(extensions).toEqual({ code: 'VALIDATION_FAILED' });
    }
    expect(JSON.stringify(errors)).not.toMatch(new RegExp(`did you mean|name|${MARKER}`, 'i'));
  };

  it.each([
    ['all of it', getIntrospectionQuery()],
    ['a type', '{ __type(name: "ChatRoom") { name } }'],
    ['a little of it, by another name', '{ s: __schema { queryType { name } } }'],
  ])('does not tell its schema: %s', (_, query) => expectSilence(query));

  it('says that a query is wrong, but neither why nor what would be right', async () => {
    for (const [, { query, variables }] of FAULTS) await expectSilence(query, variables);
  });

  it.each(LIMITS)('has the limit of %s, unexplained', async (_, { tooMuch }) => {
    for (const [, ...question] of tooMuch) await expectSilence(...question);
  });

  it('still says which argument broke a rule of ours', async () => {
    expectInvalid(await client.create({ slug: '123' }), 'slug');
    expectInvalid(await client.list(0), 'limit');
  });

  it('answers as ever what is right', async () => {
    const room = await client.room({ name: 'In production' });
    await app.live(null, `room/${room.id}`);
    expect(await client.rooms()).toEqual([{ ...room, participantCount: 1 }]);
    expect((await client.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});
