import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import { anError, between, gatherSalon, messagesOf, reactionIn } from '../support/salon-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const isReaction = ({ id }: Record<string, unknown>) => id === null;

describe('a reaction', () => {
  /** A room with one message, which bob may react to. */
  async function scene(type?: 'public') {
    const { id, slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob'], { type });
    const news = { room, content: 'news' };
    const { id: replyTo } = await clients[0].request('room_message', news, 'room_message');
    const react = (emoji: string) => ({
      ...{ room, content: emoji, message_type: 'reaction', reply_to: replyTo },
    });
    return { id, room, users, clients, replyTo, react };
  }

  it('that fails makes nobody a participant', async () => {
    const { id, react, replyTo } = await scene('public');
    const stranger = await app.salon(someone('carol'));
    const elsewhere = { ...react('👍'), reply_to: Number(replyTo) + 1_000_000 };
    expect(await stranger.request('room_message', elsewhere, 'error')).toMatchObject({
      code: 'INVALID_FORMAT',
    });
    const history = await stranger.request('room_history', { room: id }, 'error');
    expect(history.code).toBe('PERMISSION_DENIED');
  });

  it('reaches everyone joined as a room_message without an id, and the history as reactions', async () => {
    const { room, users, clients, replyTo, react } = await scene();
    const [alice, bob] = users;
    for (const [index, emoji] of [
      [0, '👍'],
      [1, '👍'],
      [1, '🎉'],
    ] as const) {
      clients[index].send('room_message', react(emoji));
      for (const client of clients) {
        const reaction = await client.next('room_message', isReaction);
        expect(reaction).toStrictEqual(reactionIn(room, users[index], emoji, replyTo));
      }
    }
    const history = await clients[0].request('room_history', { room }, 'message_history');
    expect(history).toMatchObject({ total: 1 });
    expect(messagesOf(history)).toMatchObject([
      { id: replyTo, reactions: { '👍': [alice.id, bob.id], '🎉': [bob.id] } },
    ]);
  });

  it('made twice is one: the second is answered to its sender alone', async () => {
    const { room, users, clients, replyTo, react } = await scene();
    const [a, b] = clients;
    for (const _ of [1, 2]) {
      b.send('room_message', react('👍'));
      const answer = await b.next('room_message', isReaction);
      expect(answer).toStrictEqual(reactionIn(room, users[1], '👍', replyTo));
    }
    await a.settled();
    expect(a.received('room_message').filter(isReaction)).toHaveLength(1);
  });

  it('without having joined is answered all the same, and makes one a participant', async () => {
    const { room, clients, replyTo, react } = await scene('public');
    const carol = someone('carol');
    const c = await app.salon(carol);
    const expected = reactionIn(room, carol, '👏', replyTo);
    expect(await c.request('room_message', react('👏'), 'room_message')).toStrictEqual(expected);
    expect(await clients[0].next('room_message', isReaction)).toStrictEqual(expected);
    await c.settled();
    expect(c.received('room_message')).toHaveLength(1);
    await c.request('room_history', { room }, 'message_history');
  });

  it('to a direct message is a direct_message, to both', async () => {
    const { users, clients } = await scene();
    const [alice, bob] = users;
    const [a, b] = clients;
    const hello = { to_user_id: bob.id, content: 'hello' };
    const { id: reply_to } = await a.request('direct_message', hello, 'direct_message');
    const fields = { message_type: 'reaction', content: '👋', reply_to };
    b.send('direct_message', { to_user_id: alice.id, ...fields });
    for (const client of clients) {
      const reaction = await client.next('direct_message', isReaction);
      expect(reaction).toStrictEqual(between(bob, alice, { id: null, ...fields }));
    }
  });

  it('made elsewhere is told as well, and one taken back is not', async () => {
    const { users, clients, replyTo, react } = await scene();
    const [a] = clients;
    const chat = await app.connect(users[1]);
    await chat.expect('message:react', { messageId: replyTo, emoji: '👍' });
    const reaction = await a.next('room_message', isReaction);
    expect(reaction).toMatchObject({ content: '👍', user_id: users[1].id, created_at: INSTANT });
    await chat.expect('message:unreact', { messageId: replyTo, emoji: '👍' });
    await a.request('room_message', react('🎉'), 'room_message');
    const reactions = a.received('room_message').filter(isReaction);
    expect(reactions.map(({ content }) => content)).toEqual(['👍', '🎉']);
  });

  it('to a message of another room is refused, whether one may see it or not', async () => {
    const { room, clients, react } = await scene();
    const foreign = await scene();
    for (const reply_to of [foreign.replyTo, 123_456_789]) {
      const message = { ...react('👍'), reply_to };
      const error = await clients[0].request('room_message', message, 'error');
      expect(error).toStrictEqual(anError('INVALID_FORMAT', { type: 'room_message', room }));
    }
  });

  it('of a stranger to a private room is refused', async () => {
    const { room, react } = await scene();
    const stranger = await app.salon(someone('stranger'));
    const error = await stranger.request('room_message', react('👍'), 'error');
    expect(error).toStrictEqual(anError('PERMISSION_DENIED', { type: 'room_message', room }));
  });
});
