import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { gather } from '../support/gathering.js';

describe('message:typing', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  /** Alice types, bob watches. */
  async function typistAndWatcher() {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [alice] = users;
    const sign = (isTyping: boolean) => ({
      conversationId: id,
      userId: alice.id,
      username: 'alice',
      isTyping,
    });
    return { id, alice, typist: clients[0], watcher: clients[1], sign };
  }

  it('as document 1 shows it, with and without an ack: told to everyone else joined', async () => {
    const { id, typist, watcher, sign } = await typistAndWatcher();
    typist.socket.emit('message:typing', { conversationId: id, isTyping: true });
    expect(await watcher.next('user:typing')).toStrictEqual(sign(true));
    const ack = await typist.request('message:typing', { conversationId: id, isTyping: false });
    expect(ack).toStrictEqual({ success: true });
    expect(await watcher.next('user:typing')).toStrictEqual(sign(false));
  });

  it('is not told to the typist, on none of their sockets', async () => {
    const { id, alice, typist, watcher } = await typistAndWatcher();
    const second = await app.connect(alice);
    await second.join(id);
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    await watcher.next('user:typing');
    await Promise.all([typist.settled(), second.settled()]);
    expect([...typist.received('user:typing'), ...second.received('user:typing')]).toEqual([]);
  });

  it('a false nobody typed before is told to nobody', async () => {
    const { id, typist, watcher } = await typistAndWatcher();
    await typist.expect('message:typing', { conversationId: id, isTyping: false });
    await watcher.settled();
    expect(watcher.received('user:typing')).toEqual([]);
  });

  it('ends by itself 6 s after the last sign of it', async () => {
    const { id, typist, watcher, sign } = await typistAndWatcher();
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const since = performance.now();
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    expect(await watcher.next('user:typing', (e) => e.isTyping === false)).toStrictEqual(
      sign(false),
    );
    // Never early, whatever the machine is busy with: a timer that fires late is no fault here.
    expect(performance.now() - since).toBeGreaterThan(5_900);
    await watcher.settled();
    expect(watcher.received('user:typing').filter((e) => e.isTyping === false)).toHaveLength(1);
  });

  it.each([
    ['on leave', 'conversation:leave'],
    ['on disconnect', null],
  ])('ends %s', async (_, event) => {
    const { id, typist, watcher, sign } = await typistAndWatcher();
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    await watcher.next('user:typing');
    const since = performance.now();
    if (event) await typist.expect(event, { conversationId: id });
    else typist.close();
    expect(await watcher.next('user:typing')).toStrictEqual(sign(false));
    // Before it would have ended by itself.
    expect(performance.now() - since).toBeLessThan(5_900);
  });

  it('ends with the message that was being typed', async () => {
    const { id, typist, watcher, sign } = await typistAndWatcher();
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    await watcher.next('user:typing');
    const since = performance.now();
    await typist.send(id, 'here it is');
    expect(await watcher.next('user:typing')).toStrictEqual(sign(false));
    expect(performance.now() - since).toBeLessThan(5_900);
  });

  it('ends when the typist is removed', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await b.expect('message:typing', { conversationId: id, isTyping: true });
    await a.next('user:typing');
    const since = performance.now();
    await (await app.as(users[0])).delete(`/conversations/${id}/participants/${users[1].id}`);
    expect(await a.next('user:typing')).toMatchObject({ userId: users[1].id, isTyping: false });
    expect(performance.now() - since).toBeLessThan(5_900);
  });

  it('does not end because another socket of the same user went away', async () => {
    const { id, alice, typist, watcher } = await typistAndWatcher();
    const second = await app.connect(alice);
    await second.join(id);
    await typist.expect('message:typing', { conversationId: id, isTyping: true });
    second.close();
    await typist.settled();
    await watcher.settled();
    expect(watcher.received('user:typing')).toHaveLength(1);
  });
});
