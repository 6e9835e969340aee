import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/core/model/identity.js';
import type { ParticipantStore } from '../../src/core/ports/participant-store.js';
import type { UsersService } from '../../src/core/users.service.js';
import { MemoryPresenceStore } from '../../src/presence/memory-presence.store.js';
import { PresenceService } from '../../src/presence/presence.service.js';
import { MemoryEventBus } from '../../src/realtime/memory-event-bus.js';

const BOB: Identity = {
  ...{ userId: '2', username: 'bob', roles: new Set() },
  ...{ expiresAt: Infinity, issuedAt: 0, tokenId: null },
};

/** Departures wait at the question for the user's conversations until they are let through. */
function presence() {
  const waiting: (() => void)[] = [];
  const participants = {
    conversationsOf: () => new Promise((resolve) => waiting.push(() => resolve([]))),
  };
  const users = { recordLastSeen: () => Promise.resolve() };
  const bus = new MemoryEventBus();
  const told: boolean[] = [];
  bus.subscribe('presence.changed', ({ change }) => void told.push(change.isOnline));
  const service = new PresenceService(
    new MemoryPresenceStore(),
    participants as unknown as ParticipantStore,
    users as unknown as UsersService,
    bus,
  );
  const arrive = () => service.connected(BOB, 1, []);
  const depart = () => service.disconnected(BOB, 0);
  return { told, arrive, depart, release: () => waiting.splice(0).forEach((resolve) => resolve()) };
}

describe('presence of a user who is back before others heard that he had gone', () => {
  it('is not told at all', async () => {
    const { told, arrive, depart, release } = presence();
    await arrive();
    const departure = depart();
    await Promise.resolve();
    await arrive();
    release();
    await departure;
    expect(told).toEqual([true]);
  });

  it('ends once when he leaves again meanwhile', async () => {
    const { told, arrive, depart, release } = presence();
    await arrive();
    const departures = [depart()];
    await Promise.resolve();
    await arrive();
    departures.push(depart());
    await Promise.resolve();
    release();
    await Promise.all(departures);
    expect(told).toEqual([true, false]);
  });

  it('begins anew where they did hear', async () => {
    const { told, arrive, depart, release } = presence();
    await arrive();
    const departure = depart();
    await Promise.resolve();
    release();
    await departure;
    await arrive();
    expect(told).toEqual([true, false, true]);
  });
});
