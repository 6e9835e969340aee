import { expect } from 'vitest';
import type { TestApp } from './app.js';
import type { TestUser } from './tokens.js';

const change = async (app: TestApp, method: 'put' | 'delete', by: TestUser, whom: TestUser) => {
  const answer = await (await app.as(by))[method](`/users/me/blocks/${whom.id}`);
  expect(answer.status).toBe(204);
};

export const block = (app: TestApp, by: TestUser, whom: TestUser) => change(app, 'put', by, whom);
export const unblock = (app: TestApp, by: TestUser, whom: TestUser) =>
  change(app, 'delete', by, whom);
