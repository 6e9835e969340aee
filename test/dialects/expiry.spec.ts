import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { TokenClock } from '../../src/transport/token-clock.js';
import { startApp, type TestApp } from '../support/app.js';
import { expiryOf, someone, tokenFor } from '../support/tokens.js';
import { EACH, expectNotLetIn, expectSignedOut, holding } from './support/holders.js';

/** Seconds: a token counts whole ones, so that it is good for at least one. */
const BRIEF = 2;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

it.each(EACH)(
  'a client of %s that says nothing is told when its token expires, and not before, and closed',
  async (_, presenting) => {
    const user = someone('silent');
    const lasting = await holding(presenting, app, await tokenFor(user));
    const token = await tokenFor(user, { expiresIn: BRIEF });
    await expectSignedOut(presenting, await holding(presenting, app, token));
    expect(Date.now()).toBeGreaterThanOrEqual(expiryOf(token));
    await expectNotLetIn(presenting, app, token);
    // Another of the user's connections, with a token of its own, goes on.
    expect([...app.get(Registry).connectionsOf(String(user.id))]).toHaveLength(1);
    expect([lasting.isOpen, lasting.failures()]).toEqual([true, []]);
  },
);

it.each(EACH)('of a client of %s that goes away no timer is left', async (_, presenting) => {
  const stop = vi.spyOn(TokenClock.prototype, 'stop');
  const holder = await holding(presenting, app, await tokenFor(someone('passing')));
  expect(stop).not.toHaveBeenCalled();
  holder.close();
  await vi.waitFor(() => expect(stop).toHaveBeenCalled(), 5_000);
  stop.mockRestore();
});

it('a client that is still connecting when its token expires does not stay', async () => {
  const token = await tokenFor(someone('late'), { expiresIn: 1 });
  const dials = EACH.map(([, presenting]) => ({ presenting, holder: presenting.dial(app, token) }));
  for (const { presenting, holder } of dials) {
    expect([presenting.ending, presenting.refusal]).toContainEqual(await holder.ended());
  }
});

it('a visitor, who has no token, stays', async () => {
  const visitor = await app.live(null, 'room/holders');
  const other = await app.veza(someone('clock'));
  const until = Date.now() + BRIEF * 1_000;
  while (Date.now() <= until) await other.settled();
  await visitor.settled();
  expect(visitor.received('error')).toEqual([]);
});
