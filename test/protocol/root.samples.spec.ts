import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { io, type Socket } from 'socket.io-client';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { cleanups } from '../support/cleanups.js';
import { runSample, samplesOf } from '../support/documents.js';
import { Inbox } from '../support/inbox.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

type Json = Record<string, unknown>;

/** The first sample of the document that contains the text. */
function sampleWith(text: string): string {
  const sample = samplesOf('root', 'javascript').find((candidate) => candidate.includes(text));
  if (sample === undefined) throw new Error(`No sample with ${text}`);
  return sample;
}

/** What the sample of an event lists in its comment: name, whether it may be absent, type. */
const fieldsOf = (event: string) =>
  [...sampleWith(`socket.on('${event}'`).matchAll(/^\s*\/\/\s+(\w+)(\?)?: (.+);\r?$/gm)].map(
    ([, name = '', optional, type = '']) => ({
      name,
      isOptional: optional !== undefined,
      type: type.startsWith('Record') ? 'object' : type,
    }),
  );

const after = cleanups();
let app: TestApp;
let watcher: ChatClient;
beforeAll(async () => {
  app = await startApp();
  watcher = await app.root(someone('watcher'));
});
afterAll(() => app.stop());

const by =
  ({ id }: TestUser) =>
  (event: Json) =>
    event.userId === String(id);

/** `io` as the samples call it, for this service and this user. */
async function ioAs(user: TestUser) {
  const token = await tokenFor(user);
  return (url: string, options: { auth: Json }) => {
    expect([url, options.auth]).toEqual(['http://localhost:3000', { token: 'votre-token-jwt' }]);
    const socket = io(app.url, { ...options, auth: { token }, forceNew: true });
    after.add(() => socket.disconnect());
    return socket;
  };
}

describe('the samples of document 2 that send', () => {
  it('connect with the token in auth', async () => {
    const alice = someone('alice');
    runSample(sampleWith("const socket = io('"), { io: await ioAs(alice) });
    expect(await watcher.next('userStatus', by(alice))).toMatchObject({ isOnline: true });
  });

  it('message, to a conversation that is not there: an error with a code', async () => {
    const client = await app.root(someone('alice'));
    runSample(sampleWith("emit('message'"), { socket: client.socket });
    expect(await client.next('error')).toStrictEqual({
      message: expect.any(String),
      code: 'VALIDATION_FAILED',
      details: [{ field: 'context.replyTo', rules: [expect.any(String)] }],
    });
  });

  it('message, with a real conversation and a real message: a reply in it', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const roomId = String(await app.conversation([alice, bob]));
    const [a, b] = [await app.root(alice), await app.root(bob)];
    b.socket.emit('message', { message: 'Bonjour', context: { roomId } });
    const replyTo = String((await a.next('message')).id);
    const sample = sampleWith("emit('message'")
      .replace('123', roomId)
      .replace('message-id', replyTo);
    runSample(sample, { socket: a.socket });
    expect(await b.next('message', by(alice))).toMatchObject({
      message: 'Votre message',
      context: { roomId, replyTo },
    });
    expect(a.received('error')).toEqual([]);
  });

  it('typing, true and false', async () => {
    const alice = someone('alice');
    const { socket } = await app.root(alice);
    runSample(sampleWith("emit('typing', true)"), { socket });
    for (const isTyping of [true, false]) {
      expect(await watcher.next('userTyping', by(alice))).toMatchObject({ isTyping });
    }
  });

  it('the whole example: a message that goes nowhere, and a second of typing', async () => {
    const alice = someone('alice');
    const printed = new Inbox();
    const print = (event: string, payload: Json = {}) => printed.receive({ event, payload });
    const globals = { io: await ioAs(alice), console: { log: print, error: print } };
    const chat = runSample(sampleWith('new ChatClient('), globals, 'chat') as { socket: Socket };
    await printed.next('Connecté au serveur');
    expect(await printed.next('Erreur:')).toMatchObject({ code: 'CONVERSATION_NOT_FOUND' });
    for (const isTyping of [true, false]) {
      expect(await watcher.next('userTyping', by(alice))).toMatchObject({ isTyping });
    }
    expect(chat.socket.connected).toBe(true);
  });
});

describe('the samples of document 2 that listen print what arrives, field by field', () => {
  type Happening = (client: ChatClient, other: TestUser) => Promise<unknown>;
  const provoke: readonly [event: string, printed: string, mark: Json, happen: Happening][] = [
    [
      'message',
      'Nouveau message:',
      { message: 'Bonjour' },
      async (_, other) => (await app.root(other)).expect('message', { message: 'Bonjour' }),
    ],
    [
      'userTyping',
      "Utilisateur en train d'écrire:",
      { isTyping: true },
      async (_, other) => (await app.root(other)).expect('typing', true),
    ],
    [
      'userStatus',
      'Statut utilisateur mis à jour:',
      { isOnline: true },
      (_, other) => app.root(other),
    ],
    [
      'userStatus',
      'Statut utilisateur mis à jour:',
      { isOnline: false },
      async (_, other) => (await app.root(other)).close(),
    ],
    ['error', 'Erreur:', {}, (client) => client.request('message', {})],
  ];

  it.each(provoke)('%s: %s %j', async (event, text, mark, happen) => {
    const [me, other] = [someone('me'), someone('other')];
    const client = await app.root(me);
    const printed = new Inbox();
    const print = (line: string, payload: Json) => printed.receive({ event: line, payload });
    runSample(sampleWith(`socket.on('${event}'`), {
      socket: client.socket,
      console: { log: print, error: print },
    });
    await happen(client, other);
    const isMeant = (seen: Json) =>
      (event === 'error' || by(other)(seen)) &&
      Object.entries(mark).every(([name, value]) => seen[name] === value);
    const payload = await printed.next(text, isMeant);
    const fields = fieldsOf(event);
    expect(fields).not.toEqual([]);
    for (const { name, isOptional, type } of fields) {
      const isAbsent = isOptional && !(name in payload);
      expect([name, isAbsent ? type : typeof payload[name]]).toEqual([name, type]);
    }
  });
});
