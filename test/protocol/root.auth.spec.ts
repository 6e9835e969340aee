import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { aFailure } from '../support/chat-shapes.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';

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

describe('a token that expires while its socket is connected', () => {
  const connectBriefly = async (): Promise<ChatClient> => {
    const token = await tokenFor(alice, { expiresIn: 3 });
    const client = app.dial(token, { namespace: '/', reconnection: false });
    await client.connected();
    await client.expect('typing', false);
    return client;
  };

  it('fails the next event with AUTH_FAILED and closes the socket', async () => {
    const [asking, telling] = await Promise.all([connectBriefly(), connectBriefly()]);
    const bystander = await app.root(someone('bystander'));
    // Past the expiry in the token, which counts whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    const closed = [asking.disconnected(), telling.disconnected()];
    const ack = await asking.request('message', { message: 'too late' });
    expect(ack).toStrictEqual(aFailure('AUTH_FAILED'));
    telling.socket.emit('typing', true);
    for (const client of [asking, telling]) {
      expect(await client.next('error')).toStrictEqual({
        message: expect.any(String),
        code: 'AUTH_FAILED',
      });
    }
    expect(await Promise.all(closed)).toEqual(['io server disconnect', 'io server disconnect']);
    await bystander.expect('message', { message: 'others go on' });
    const heard = bystander.received('message').map(({ message }) => message);
    expect(heard).not.toContain('too late');
  });
});
