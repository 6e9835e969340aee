import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, range } from '../support/chat-shapes.js';
import { someone, tokenFor } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const saying = (message: string) => (event: Json) => event.message === message;

describe('a connection hears', () => {
  it('every conversation of its user, from the moment it is connected', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const ids = [await app.conversation([alice, bob]), await app.conversation([alice, bob])];
    const [a, b] = [await app.root(alice), await app.root(bob)];
    for (const roomId of ids) {
      await a.expect('message', { message: `in ${roomId}`, context: { roomId } });
      expect(await b.next('message', saying(`in ${roomId}`))).toMatchObject({
        context: { roomId },
      });
    }
  });

  it('a conversation that its user is added to later', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.root(alice), await app.root(bob)];
    const id = await app.conversation([alice]);
    const before = { message: 'before', context: { roomId: id } };
    await a.expect('message', before);
    await (await app.as(alice)).put(`/conversations/${id}/participants/${bob.id}`);
    await a.expect('message', { message: 'after', context: { roomId: id } });
    await b.next('message', saying('after'));
    expect(b.received('message').map(({ message }) => message)).toEqual(['after']);
    const born = await app.conversation([alice, bob]);
    await a.expect('message', { message: 'born with both', context: { roomId: born } });
    await b.next('message', saying('born with both'));
  });

  it.each(['websocket', 'polling'])(
    'what is said the moment it is connected, over %s',
    async (transport) => {
      const speaker = await app.root(someone('speaker'));
      for (const round of range(1, 40)) {
        const message = `${transport} round ${round}`;
        const client = app.dial(await tokenFor(someone('newcomer')), {
          namespace: '/',
          transports: [transport],
        });
        client.socket.once('connect', () => speaker.socket.emit('message', { message }));
        await client.next('message', saying(message));
        client.close();
      }
    },
  );

  it('nothing of what was said before, and everything once', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const a = await app.root(alice);
    await a.expect('message', { message: 'before', context: { roomId: id } });
    await a.settled();
    const b = await app.root(bob);
    for (const n of range(1, 20))
      a.socket.emit('message', { message: `m${n}`, context: { roomId: id } });
    await b.next('message', saying('m20'));
    expect(b.received('message').map(({ message }) => message)).toEqual(
      range(1, 20).map((n) => `m${n}`),
    );
  });
});

describe('a private conversation of others', () => {
  it('cannot be spoken or typed in, and is not heard', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const roomId = await app.conversation([alice, bob]);
    const [a, stranger] = [await app.root(alice), await app.root(someone('stranger'))];
    const ack = await stranger.request('message', { message: 'let me in', context: { roomId } });
    expect(ack).toStrictEqual(aFailure('PERMISSION_DENIED'));
    const typing = await stranger.request('typing', { isTyping: true, roomId });
    expect(typing).toStrictEqual(aFailure('PERMISSION_DENIED'));
    await a.expect('message', { message: 'between us', context: { roomId } });
    await a.next('message');
    await stranger.settled();
    expect(stranger.received('message')).toEqual([]);
    expect(a.received('message')).toHaveLength(1);
    expect(a.received('userTyping')).toEqual([]);
  });

  it('cannot be reached by its name either', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, stranger] = [await app.root(alice), await app.root(someone('stranger'))];
    await app.root(bob);
    const roomId = `private_${alice.id}_${bob.id}`;
    await a.expect('message', { message: 'psst', context: { roomId } });
    const ack = await stranger.request('message', { message: 'hey', context: { roomId } });
    expect(ack).toStrictEqual(aFailure('CONVERSATION_NOT_FOUND'));
  });
});

describe('a public conversation', () => {
  it('is entered by speaking in it: from then on it is heard', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const roomId = await app.conversation([alice], { type: 'public' });
    const [a, b, elsewhere] = [await app.root(alice), await app.root(bob), await app.root(bob)];
    await a.expect('message', { message: 'anyone?', context: { roomId } });
    await b.settled();
    expect(b.received('message')).toEqual([]);
    await b.expect('message', { message: 'me', context: { roomId } });
    for (const client of [a, b, elsewhere]) await client.next('message', saying('me'));
    await a.expect('message', { message: 'welcome', context: { roomId } });
    for (const client of [b, elsewhere]) await client.next('message', saying('welcome'));
    expect(elsewhere.received('message')).toHaveLength(2);
  });

  it('that is full lets nobody in', async () => {
    const alice = someone('alice');
    const fields = { type: 'public', maxParticipants: 1 };
    const roomId = await app.conversation([alice], fields);
    const b = await app.root(someone('bob'));
    const ack = await b.request('message', { message: 'me too', context: { roomId } });
    expect(ack).toStrictEqual(aFailure('CONVERSATION_FULL'));
  });
});

describe('who is removed', () => {
  it('hears no more, on any socket, and may not speak', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const a = await app.root(alice);
    const sockets = [await app.root(bob), await app.root(bob)];
    await (await app.as(alice)).delete(`/conversations/${id}/participants/${bob.id}`);
    await a.expect('message', { message: 'without bob', context: { roomId: id } });
    await a.next('message');
    for (const client of sockets) {
      await client.settled();
      expect(client.received('message')).toEqual([]);
      const ack = await client.request('message', { message: 'hey', context: { roomId: id } });
      expect(ack).toStrictEqual(aFailure('PERMISSION_DENIED'));
    }
  });

  it('hears again once added again', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [a, b, rest] = [await app.root(alice), await app.root(bob), await app.as(alice)];
    const say = (message: string) => a.expect('message', { message, context: { roomId: id } });
    await rest.delete(`/conversations/${id}/participants/${bob.id}`);
    await say('without bob');
    await rest.put(`/conversations/${id}/participants/${bob.id}`);
    await say('with bob');
    await b.next('message', saying('with bob'));
    expect(b.received('message').map(({ message }) => message)).toEqual(['with bob']);
  });
});
