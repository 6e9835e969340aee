import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { block, unblock } from '../support/blocking.js';
import { CHAT, DIALECTS, everywhere, named } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('in a conversation of several', () => {
  /** Alice has blocked bob; both take part, as carol does, who has blocked nobody. */
  async function group() {
    const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
    const id = await app.conversation([carol, alice, bob]);
    await block(app, alice, bob);
    return { id, alice, bob, carol };
  }

  const notificationsOf = async (user: TestUser) => {
    const client = await app.connect(user);
    return {
      client,
      bodies: async () => {
        await client.settled();
        return client.received('notification').map(({ type, body }) => [type, body]);
      },
    };
  };

  it.each(named(DIALECTS))(
    'what the blocked says in %s still arrives everywhere',
    async (_, from) => {
      const { id, alice, bob } = await group();
      const readers = await everywhere(app, alice, id);
      const speaker = await from.connect(app, bob);
      await speaker.join(id);
      const { id: said } = await speaker.say(id, 'hello, @alice');
      for (const reader of readers) await reader.hearsMessage(said);
    },
  );

  it.each(named(DIALECTS))(
    'what the blocked says in %s notifies only the others',
    async (_, from) => {
      const { id, alice, bob, carol } = await group();
      const [blocker, other] = [await notificationsOf(alice), await notificationsOf(carol)];
      const speaker = await from.connect(app, bob);
      await speaker.join(id);
      await speaker.say(id, 'hello');
      await speaker.say(id, 'are you there, @alice?');
      const third = await (
        await app.as(carol)
      ).post(`/conversations/${id}/messages`, {
        content: 'from @carol to @alice',
      });
      expect(third.status).toBe(201);
      await other.client.next('notification', ({ body }) => String(body).startsWith('are you'));
      await blocker.client.next('notification', ({ type }) => type === 'mention');
      expect(await blocker.bodies()).toEqual([['mention', 'from @carol to @alice']]);
    },
  );

  it('the blocked himself is notified of what the blocker says', async () => {
    const { id, alice, bob } = await group();
    const { client } = await notificationsOf(bob);
    await (await CHAT.connect(app, alice)).say(id, 'hello, @bob');
    expect(await client.next('notification')).toMatchObject({ type: 'mention' });
  });

  it('a block holds at once for who is connected, in all connections, and as long', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const speaker = await CHAT.connect(app, bob);
    const first = await notificationsOf(alice);
    await speaker.say(id, 'one');
    await first.client.next('notification', ({ body }) => body === 'one');
    await block(app, alice, bob);
    await speaker.say(id, 'two');
    const second = await notificationsOf(alice);
    await speaker.say(id, 'three');
    first.client.close();
    await speaker.say(id, 'four');
    expect(await second.bodies()).toEqual([]);
    await unblock(app, alice, bob);
    await speaker.say(id, 'five');
    await second.client.next('notification', ({ body }) => body === 'five');
    expect(await second.bodies()).toEqual([['message', 'five']]);
    await block(app, alice, bob);
    second.client.close();
    const third = await notificationsOf(alice);
    await speaker.say(id, 'six');
    expect(await third.bodies()).toEqual([]);
  });

  it('the blocked may add the blocker, who is not notified of it', async () => {
    const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
    const [blocker, other] = [await notificationsOf(alice), await notificationsOf(carol)];
    await (await app.as(bob)).get('/users/me');
    await block(app, alice, bob);
    const id = await app.conversation([bob, alice, carol]);
    const later = await app.conversation([bob]);
    const rest = await app.as(bob);
    for (const { id: userId } of [alice, carol]) {
      const added = await rest.put(`/conversations/${later}/participants/${userId}`);
      expect(added.status).toBe(204);
    }
    await other.client.next('notification', ({ conversationId }) => conversationId === id);
    await other.client.next('notification', ({ conversationId }) => conversationId === later);
    expect(await blocker.bodies()).toEqual([]);
    // Taking part all the same.
    await blocker.client.join(id);
    await blocker.client.join(later);
  });
});
