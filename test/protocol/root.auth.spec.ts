import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Ack, ChatClient } from '../support/chat-client.js';
import { aFailure } from '../support/chat-shapes.js';
import { underWayUntil } from '../support/expiry.js';
import { expiryOf, SECRET, someone, tokenFor } from '../support/tokens.js';

const alice = someone('alice');

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('the token of a root connection', () => {
  it.each([
    ['in the handshake’s auth', (token: string) => ({ auth: { token } })],
    ['in the query', (token: string) => ({ auth: {}, query: { token } })],
    [
      'in the Authorization header',
      (token: string) => ({ auth: {}, extraHeaders: { Authorization: `Bearer ${token}` } }),
    ],
  ])('is taken %s, over both transports', async (_, optionsFor) => {
    const token = await tokenFor(alice);
    for (const transports of [['websocket'], ['polling']]) {
      const client = app.dial('', { ...optionsFor(token), transports, namespace: '/' });
      await client.connected();
      await client.expect('message', { message: 'here I am' });
    }
  });

  it.each([
    ['absent', () => undefined],
    ['null', () => null],
    ['empty', () => ''],
    ['the sample’s own', () => 'votre-token-jwt'],
    ['no text', () => ({ token: 'x' })],
    ['expired', () => tokenFor(alice, { expiresIn: -60 })],
    ['not valid yet', () => tokenFor(alice, { notBefore: 120 })],
    ['forged', () => tokenFor(alice, { secret: `${SECRET}, but another` })],
  ])('refuses the connection when it is %s', async (_, make) => {
    for (const version of ['4.8.4', '4.5.4'] as const) {
      const auth = { token: await make() };
      const client = app.dial('', { auth, namespace: '/', version });
      const error = await client.refused();
      expect(error.data).toStrictEqual({ code: 'AUTH_FAILED' });
      // It has to get a new token first: coming back by itself would help nobody.
      expect(client.socket.active).toBe(false);
      expect(client.log).toEqual([]);
    }
  });
});

describe('a token that expires while an event is under way', () => {
  it('fails the next one with AUTH_FAILED and closes the socket', async () => {
    const room = await app.conversation([alice]);
    const token = await tokenFor(alice, { expiresIn: 2 });
    const clients = [token, token].map((each) =>
      app.dial(each, { namespace: '/', reconnection: false }),
    );
    for (const client of clients) await client.connected();
    const [asking, telling] = clients as [ChatClient, ChatClient];
    const bystander = await app.root(someone('bystander'));
    const closed = clients.map((client) => client.disconnected());
    const answers: Promise<Ack>[] = [];
    await underWayUntil(app, expiryOf(token), () => {
      for (const client of clients) {
        client.socket.emit('typing', { isTyping: true, roomId: room });
      }
      answers.push(asking.request('message', { message: 'too late' }));
      telling.socket.emit('typing', true);
    });
    expect(await Promise.all(answers)).toStrictEqual([aFailure('AUTH_FAILED')]);
    expect(await Promise.all(closed)).toEqual(['io server disconnect', 'io server disconnect']);
    for (const client of clients) {
      expect(client.received('error')).toStrictEqual([
        { message: expect.any(String), code: 'AUTH_FAILED' },
      ]);
    }
    await bystander.expect('message', { message: 'others go on' });
    const heard = bystander.received('message').map(({ message }) => message);
    expect(heard).not.toContain('too late');
  });
});
