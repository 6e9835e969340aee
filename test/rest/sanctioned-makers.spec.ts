import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { impose, ranked, type Measure } from './support/moderating.js';
import { bodyOf, expectProblem } from './support/problems.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Somebody sanctioned everywhere, and somebody who listens. */
async function scene(action: Measure) {
  const [admin, maker, bob] = [await ranked(app, 'admin'), someone('maker'), someone('bob')];
  const rest = await app.as(maker);
  await rest.get('/users/me');
  const listener = await app.connect(bob);
  expect((await impose(await app.as(admin), { action, userId: maker.id })).status).toBe(201);
  return { maker, bob, rest, listener };
}

it.each([
  ['mute', 'MUTED'],
  ['ban', 'BANNED'],
] as const)('a %s everywhere keeps from making conversations', async (action, code) => {
  const { rest, bob, listener } = await scene(action);
  for (const type of ['private', 'direct']) {
    const answer = await rest.post('/conversations', { type, participantIds: [bob.id] });
    expectProblem(answer, code);
  }
  await listener.settled();
  expect(listener.received('notification')).toEqual([]);
});

it('a muted user’s first direct message makes no conversation, and tells nobody', async () => {
  const { maker, bob, listener } = await scene('mute');
  const client = await app.connect(maker);
  const conversationId = `private_${maker.id}_${bob.id}`;
  const refused = await client.request('message:send', { conversationId, content: 'hello' });
  expect(refused.error).toMatchObject({ code: 'MUTED' });
  await listener.settled();
  expect(listener.received('notification')).toEqual([]);
  const { conversations } = await listener.request('conversation:list', {});
  expect(conversations).toEqual([]);
});

it('of what a shadow banned user makes nobody is told', async () => {
  const { rest, bob, listener } = await scene('shadow');
  for (const type of ['private', 'direct']) {
    const answer = await rest.post('/conversations', { type, participantIds: [bob.id] });
    expect(answer.status).toBe(201);
    expect(bodyOf<{ id: number }>(answer).id).toEqual(expect.any(Number));
  }
  await listener.settled();
  expect(listener.received('notification')).toEqual([]);
});
