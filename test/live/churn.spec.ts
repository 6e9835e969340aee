import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE } from '../../src/core/model/presence.js';
import { PresenceStore } from '../../src/core/ports/presence-store.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import { someone, type TestUser } from '../support/tokens.js';
import { Crowd } from './support/crowd.js';
import { Endings } from './support/endings.js';
import { admin, chatter, user, visitor, type Guest } from './support/guests.js';
import { untilGone } from './support/remains.js';

/** Mostly so few that the room ends soon after them. */
const SIZES = [1, 1, 1, 2, 2, 3, 5, 12];

describe.each(['0', '15'])('live rooms that are kept for %s ms once they are empty', (graceMs) => {
  const { seed, random } = seededRandom();
  const outcast = someone('outcast');
  let app: TestApp;
  let endings: Endings;

  beforeAll(async () => {
    app = await startApp({ LIVE_ROOM_GRACE_MS: graceMs });
    endings = new Endings(app);
    // A user is known once it came with a token.
    await (await app.as(outcast)).get('/users/me');
  });
  afterAll(() => app.stop());

  /** An administrator, and besides visitors without a token, users, and some who speak `chat`. */
  const guestOf = (as: TestUser, n: number): Promise<Guest> => {
    if (n === 1) return admin(app, { ...as, roles: ['admin'] }, outcast);
    if (n % 5 === 0) return chatter(app, as);
    return n % 4 === 0 ? user(app, as) : visitor(app, as);
  };
  const crowdAt = async (slug: string, count: number): Promise<Crowd> => {
    const named = range(1, count).map((n) => guestOf(someone(`${slug}-${n}`), n));
    return new Crowd({ app, slug, guests: await Promise.all(named), random, endings });
  };

  it('hold two hundred guests of one slug, who come and go as they like', async () => {
    const crowd = await crowdAt('churn', 200);
    for (const _ of range(1, 15)) {
      await crowd.wave(SIZES[integerIn(random, 0, SIZES.length - 1)] ?? 1);
    }
    await crowd.wave(200);
    expect({ seed, breaches: crowd.breaches }).toEqual({ seed, breaches: [] });
    expect(crowd.visits).toBeGreaterThan(200);
    // It ended again and again, or nothing was tried.
    expect(crowd.rooms.size).toBeGreaterThan(5);
    await untilGone(app.database);
    const places = [...(await app.get(PresenceStore).occupancy()).keys()];
    expect(places.filter((place) => place !== SERVICE)).toEqual([]);
  }, 120_000);

  it('come and go at many slugs at once', async () => {
    const crowds = await Promise.all(range(1, 20).map((n) => crowdAt(`slug-${n}`, 5)));
    await Promise.all(
      crowds.map(async (crowd) => {
        for (const _ of range(1, 5)) await crowd.wave(integerIn(random, 1, 3));
      }),
    );
    const breaches = crowds.flatMap((crowd) => crowd.breaches);
    expect({ seed, breaches }).toEqual({ seed, breaches: [] });
    const rooms = crowds.flatMap((crowd) => [...crowd.rooms]);
    expect(new Set(rooms).size).toBe(rooms.length);
    await untilGone(app.database);
  }, 120_000);
});
