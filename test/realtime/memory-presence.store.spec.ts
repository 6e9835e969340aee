import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryPresenceStore } from '../../src/presence/memory-presence.store.js';

describe('presence in memory', () => {
  let store: MemoryPresenceStore;
  beforeEach(() => void (store = new MemoryPresenceStore()));

  it('tells the first connection of a user from the others', async () => {
    expect(await store.add('1', 'a')).toBe(true);
    expect(await store.add('1', 'b')).toBe(false);
    expect(await store.add('2', 'c')).toBe(true);
  });

  it('tells the last connection of a user from the others', async () => {
    for (const connection of ['a', 'b', 'c']) await store.add('1', connection);
    expect(await store.remove('1', 'b')).toBe(false);
    expect(await store.remove('1', 'a')).toBe(false);
    expect(await store.remove('1', 'c')).toBe(true);
  });

  it('begins anew after the last one', async () => {
    await store.add('1', 'a');
    await store.remove('1', 'a');
    expect(await store.add('1', 'b')).toBe(true);
  });

  it('counts a connection added twice once', async () => {
    await store.add('1', 'a');
    expect(await store.add('1', 'a')).toBe(false);
    expect(await store.remove('1', 'a')).toBe(true);
  });

  it('does not take a user offline for a connection it never had, or twice for one', async () => {
    expect(await store.remove('1', 'a')).toBe(false);
    await store.add('1', 'a');
    expect(await store.remove('1', 'b')).toBe(false);
    expect(await store.remove('2', 'a')).toBe(false);
    expect(await store.remove('1', 'a')).toBe(true);
    expect(await store.remove('1', 'a')).toBe(false);
  });

  it('keeps users with alarming names apart', async () => {
    for (const user of ['__proto__', 'constructor', '', '1']) {
      expect(await store.add(user, 'a')).toBe(true);
    }
    expect(await store.remove('__proto__', 'a')).toBe(true);
  });
});
