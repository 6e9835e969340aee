import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { MARKER } from '../support/bad-input.js';
import type { ChatClient } from '../support/chat-client.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

let app: TestApp;
let bystander: ChatClient;
const mallory: TestUser = someone('mallory');

beforeAll(async () => {
  app = await startApp();
  bystander = await app.root(someone('bystander'));
});
afterAll(() => app.stop());

/** Whatever came before: the process serves who is there and who comes next. */
afterEach(async () => {
  const newcomer = await app.root(someone('newcomer'));
  const message = `hello ${newcomer.socket.id ?? ''}`;
  await newcomer.expect('message', { message });
  await bystander.next('message', (event) => event.message === message);
  newcomer.close();
});

/** Past the client's own encoder, which refuses some of what an attacker would send. */
async function inject(packet: string): Promise<ChatClient> {
  const client = app.dial(await tokenFor(mallory), {
    namespace: '/',
    transports: ['websocket'],
    reconnection: false,
  });
  await client.connected();
  client.socket.io.engine.write(packet);
  return client;
}

const deep = (open: string, close: string) => open.repeat(8_000) + close.repeat(8_000);

describe('what no client of ours would send', () => {
  it.each([
    ['lists 8,000 deep', `2["message",{"message":"x","context":{"x":${deep('[', ']')}}}]`],
    ['objects 8,000 deep', `2["message",${'{"context":'.repeat(8_000)}1${'}'.repeat(8_000)}]`],
    ['an own __proto__', `2["message",{"message":"x","__proto__":{"${MARKER}":1}}]`],
    ['an own __proto__ in the context', `2["message",{"message":"x","context":{"__proto__":{}}}]`],
    ['an escaped lone surrogate', `2["message",{"message":"${MARKER}\\ud800"}]`],
    ['an escaped NUL in a key', `2["message",{"message":"x","context":{"\\u0000":1}}]`],
    [
      'a number beyond numbers for a room',
      `2["message",{"message":"x","context":{"roomId":1e999}}]`,
    ],
    ['a number for its name', `2[42,{"message":"${MARKER}"}]`],
  ])('%s is an error, and the connection stays', async (_, packet) => {
    const client = await inject(packet);
    const error = await client.next('error');
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(JSON.stringify(error)).not.toContain(MARKER);
    await client.expect('message', { message: 'still here' });
    expect(({} as Record<string, unknown>)[MARKER]).toBeUndefined();
  });

  it.each([
    ['an unknown kind of packet', `9${MARKER}`],
    ['an event that is no JSON', `2["message",{"message":`],
    ['an event without a name', '2[]'],
    ['an event that is an object', `2{"message":"${MARKER}"}`],
    ['an event with a reserved name', '2["disconnect",{}]'],
    ['an ack that is no list', '31{"x":1}'],
    ['a binary event that announces too much', '5999999999-["message",{"_placeholder":true}]'],
    ['a binary event whose attachment is text', '51-["message",{"_placeholder":true,"num":0}]'],
    ['a second binary event before the attachment', '51-["message"]'],
  ])('%s ends that connection alone', async (_, packet) => {
    const client = await inject(packet);
    // Whatever is unfinished, this ends it: text where an attachment was announced.
    client.socket.io.engine.write('51-["message"]');
    await client.disconnected();
    expect(client.received('message')).toEqual([]);
  });

  it('an ack nobody asked for is nobody’s business', async () => {
    const client = await inject(`37["${MARKER}"]`);
    await client.expect('message', { message: 'still here' });
  });

  it('a packet beyond 256 KB ends that connection alone', async () => {
    const client = await inject(`2["message",{"message":"${'x'.repeat(256 * 1024)}"}]`);
    await client.disconnected();
  });
});
