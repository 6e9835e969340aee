import { expect } from 'vitest';
import type { ErrorCode } from '../../../src/core/core.errors.js';
import type { TestApp } from '../../support/app.js';
import { restClient, type RestAnswer } from '../../support/rest-client.js';
import { tokenFor, type TestUser } from '../../support/tokens.js';

type Json = Record<string, unknown>;

export interface ChatRoom {
  readonly id: number;
  readonly slug: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly participantCount: number;
  readonly createdAt: string;
}

interface Data {
  readonly createChatRoom?: ChatRoom;
  readonly chatRooms?: readonly ChatRoom[];
  readonly registerVideo?: { readonly id: string; readonly title: string };
}

export interface Failure {
  readonly message: string;
  readonly path?: readonly string[];
  readonly extensions: {
    readonly code: ErrorCode;
    readonly details?: readonly { readonly field: string; readonly rules: readonly string[] }[];
  };
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly data?: Data | null;
  readonly errors?: readonly Failure[];
}

const ROOM = '{ id slug name description isPublic participantCount createdAt }';

export const CREATE = `
  mutation ($name: String!, $slug: String, $description: String, $isPublic: Boolean = true) {
    createChatRoom(name: $name, slug: $slug, description: $description, isPublic: $isPublic) ${ROOM}
  }`;

export const REGISTER = `
  mutation ($id: ID!, $title: String!) { registerVideo(id: $id, title: $title) { id title } }`;

const LIST = `query ($limit: Int = 100) { chatRooms(limit: $limit) ${ROOM} }`;

export class GraphqlClient {
  private readonly http: ReturnType<typeof restClient>;

  constructor(url: string, token?: string) {
    this.http = restClient(url, token);
  }

  async ask(query: string, variables?: Json, operationName?: string): Promise<GraphqlAnswer> {
    const body = { query, variables, operationName };
    return answerOf(await this.http.post('/graphql', body));
  }

  create(variables: Json = {}): Promise<GraphqlAnswer> {
    return this.ask(CREATE, { name: 'A room', ...variables });
  }

  /** As `create`, but fails the test unless there is a room now. */
  async room(variables: Json = {}): Promise<ChatRoom> {
    const answer = await this.create(variables);
    if (!answer.data?.createChatRoom) throw new Error(`No room: ${JSON.stringify(answer)}`);
    return answer.data.createChatRoom;
  }

  list(limit?: number): Promise<GraphqlAnswer> {
    return this.ask(LIST, { limit });
  }

  /** The rooms that may be found, fewer where `ids` says which are meant. */
  async rooms(ids?: readonly number[]): Promise<readonly ChatRoom[]> {
    const answer = await this.list();
    if (!answer.data?.chatRooms) throw new Error(`No list: ${JSON.stringify(answer)}`);
    return answer.data.chatRooms.filter(({ id }) => ids?.includes(id) ?? true);
  }
}

/** As that user; null for a visitor without a token. */
export const graphql = async (app: TestApp, user: TestUser | null): Promise<GraphqlClient> =>
  new GraphqlClient(app.url, user ? await tokenFor(user) : undefined);

export const answerOf = ({ status, body }: Pick<RestAnswer, 'status' | 'body'>): GraphqlAnswer => ({
  status,
  ...(body as Omit<GraphqlAnswer, 'status'>),
});

/** 200 for what failed as it was carried out, 400 for what was not begun. */
type Status = 200 | 400 | 405;

/** Fails unless the answer is this one failure, and nothing else. */
export function expectFailure(answer: GraphqlAnswer, code: ErrorCode, status: Status): Failure {
  const [failure, ...others] = answer.errors ?? [];
  expect({ status: answer.status, code: failure?.extensions.code, others }).toEqual({
    ...{ status, code },
    others: [],
  });
  expect(answer.data ?? null).toBeNull();
  expect(Object.keys(failure?.extensions ?? {})).toEqual(
    failure?.extensions.details ? ['code', 'details'] : ['code'],
  );
  if (!failure) throw new Error('There is no failure');
  return failure;
}

/** As `expectFailure` for an argument that broke a rule of ours. */
export function expectInvalid(answer: GraphqlAnswer, field: string): Failure {
  const failure = expectFailure(answer, 'VALIDATION_FAILED', 200);
  const rules: unknown = expect.arrayContaining([expect.any(String)]);
  expect(failure.extensions.details).toEqual([{ field, rules }]);
  return failure;
}
