import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Speaker } from '../support/speaker.js';
import { DIALECTS } from '../support/speakers.js';
import { someone } from '../support/tokens.js';

interface Stats {
  readonly total_connections: number;
  readonly active_rooms: number;
  readonly rooms: Record<string, number>;
}

describe('GET /monitoring/chat/stats', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  const stats = async (): Promise<Stats> => {
    const admin = await app.as(someone('root', ['admin']));
    return (await admin.get('/monitoring/chat/stats')).body as Stats;
  };

  /** Asks until the connections that were closed are counted out. */
  const statsOnceThereAre = async (count: number): Promise<Stats> => {
    let now = await stats();
    while (now.total_connections !== count) now = await stats();
    return now;
  };

  it('counts the connections of all dialects, and who reads along in each conversation', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    expect(await stats()).toEqual({ total_connections: 0, active_rooms: 0, rooms: {} });
    const speakers: Speaker[] = [];
    for (const dialect of DIALECTS) {
      for (const user of [alice, bob]) {
        const speaker = await dialect.connect(app, user);
        await speaker.join(id);
        speakers.push(speaker);
      }
      const { total_connections: total, rooms } = await stats();
      expect(total).toBe(speakers.length);
      expect(rooms[id]).toBe(speakers.length);
    }
    // Those of root read the lobby, too.
    const [, inLobby, ...others] = Object.values((await stats()).rooms);
    expect([inLobby, others]).toEqual([2, []]);
    for (const [n, speaker] of speakers.entries()) {
      speaker.close();
      const left = speakers.length - n - 1;
      const now = await statsOnceThereAre(left);
      expect(now.rooms[id]).toBe(left === 0 ? undefined : left);
    }
    expect(await stats()).toEqual({ total_connections: 0, active_rooms: 0, rooms: {} });
  });
});
