import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParticipantStore } from '../../src/core/ports/participant-store.js';
import { UsersService } from '../../src/core/users.service.js';
import { PresenceService } from '../../src/presence/presence.service.js';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';
import { heldBack, type HeldBack } from './support/held-back.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const STAGES: readonly (readonly [what: string, hold: () => HeldBack])[] = [
  ['its token is looked at', () => heldBack(app.get(UsersService), 'meet')],
  ['its conversations are read', () => heldBack(app.get(ParticipantStore), 'conversationsOf')],
  ['it is counted in', () => heldBack(app.get(PresenceService), 'connected')],
];

const WAYS: readonly (readonly [how: string, leave: (peer: RawPeer) => void])[] = [
  ['ends its connection', (peer) => peer.close()],
  ['resets its connection', (peer) => peer.socket.resetAndDestroy()],
  [
    'says good-bye',
    (peer) => {
      peer.write(clientFrame('', { opcode: OPCODE.close }));
      peer.socket.end();
    },
  ],
];

const CASES = STAGES.flatMap(([stage, hold]) =>
  WAYS.map(([how, leave]) => [how, stage, hold, leave] as const),
);

describe('a client that signs in with its first frame', () => {
  it.each(CASES)(
    'and %s while %s leaves no connection and no presence behind',
    async (...[, , hold, leave]) => {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const id = await app.conversation([alice, bob]);
      const watcher = await app.connect(alice);
      await watcher.join(id);
      const held = hold();
      const peer = await RawPeer.dial(app.url, '/ws');
      peer.send('auth', { token: await tokenFor(bob) });
      await held.called;
      leave(peer);
      await held.release();
      await peer.ended();

      // He comes once more: were the one who left there still, nobody would hear that he goes.
      const visit = await app.veza(bob);
      const before = watcher.log.length;
      visit.close();
      await visit.closed();
      await watcher.next('user:offline', (event) =>
        watcher.log.slice(before).some(({ payload }) => payload === event),
      );
      expect([...app.get(Registry).connectionsOf(String(bob.id))]).toEqual([]);
      expect(await app.get(PresenceService).isOnline(String(bob.id))).toBe(false);
      watcher.close();
    },
  );
});
