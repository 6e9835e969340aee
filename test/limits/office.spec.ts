import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/environment.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { from } from '../support/live-shapes.js';
import { someone, tokenFor } from '../support/tokens.js';
import { counted } from './support/doors.js';

const PEOPLE = 300;
const ADDRESS = '203.0.113.7';

/** Every limit as it comes, also those that other suites do without. */
const USUAL = Object.fromEntries(
  Object.entries(VARIABLES)
    .filter(([name]) => /^(RATE_LIMIT|MAX_)/.test(name))
    .map(([name, variable]) => [name, variable.default]),
);

/** A few at a time: how fast everybody can be served at once is no matter of limits. */
async function inWaves<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let n = 0; n < all.length; n += 10) {
    results.push(...(await Promise.all(all.slice(n, n + 10).map(act))));
  }
  return results;
}

describe(`an office of ${PEOPLE} people behind one address`, () => {
  let app: TestApp;
  const people = range(1, PEOPLE).map((n) => someone(`colleague ${n}`));
  const { headers = {} } = from(ADDRESS);
  beforeAll(async () => void (app = await startApp({ ...USUAL, TRUST_PROXY: '1' })));
  afterAll(() => app.stop());

  it('comes to work at the same moment, and everybody is heard', async () => {
    const [owner = someone('nobody')] = people;
    const id = await app.conversation([owner], { type: 'public' });
    const clients = await Promise.all(
      people.map(async (user) =>
        app.dial(await tokenFor(user), { extraHeaders: headers, transports: ['websocket'] }),
      ),
    );
    // Who is sent away comes back by itself.
    await counted(app, { connections: PEOPLE, handshakes: 0 });
    // A team of them: who is told of whom grows with its square.
    const team = clients.slice(0, 20);
    await inWaves(team, (client) => client.join(id));
    await inWaves(clients, (client) => client.expect('conversation:list'));
    const [speaker] = clients;
    await speaker?.send(id, 'good morning');
    await Promise.all(team.map((client) => client.next('message:new')));
    for (const client of clients) client.close();
    await counted(app, { connections: 0, handshakes: 0 });
  }, 120_000);

  it('meets in live rooms, with and without tokens', async () => {
    const clients = await inWaves(people, (user) =>
      app.live(Number(user.id) % 2 ? user : null, `room/team-${Number(user.id) % 10}`, { headers }),
    );
    await counted(app, { connections: PEOPLE, handshakes: 0 });
    await inWaves(clients, (client) => client.settled());
    expect(clients.flatMap((client) => client.received('error'))).toEqual([]);
    for (const client of clients) client.close();
    await counted(app, { connections: 0, handshakes: 0 });
  }, 120_000);

  it('works over REST', async () => {
    const answers = await Promise.all(
      people.map(async (user) => {
        const authorization = `Bearer ${await tokenFor(user)}`;
        return fetch(`${app.url}/users/me`, {
          headers: { authorization, 'x-forwarded-for': ADDRESS },
        });
      }),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
