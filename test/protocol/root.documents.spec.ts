import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { io as io4_8, type Socket } from 'socket.io-client';
import { io as io4_5 } from 'socket.io-client-4.5.4';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { classOf } from '../support/documents.js';
import { Inbox } from '../support/inbox.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

const VERSIONS = [
  ['4.8.4', io4_8],
  ['4.5.4', io4_5 as unknown as typeof io4_8],
] as const;

interface DocumentedClient {
  readonly socket: Socket;
  sendMessage(message: string, context?: object): void;
  setTyping(isTyping: boolean): void;
  disconnect(): void;
}

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());
const after = cleanups();

describe.each(VERSIONS)('document 2’s ChatClient, socket.io-client %s', (_, io) => {
  /** The class as it stands, and what it prints: the text is the name of what was received. */
  async function open(user: TestUser) {
    const printed = new Inbox();
    const print = (event: string, payload: Record<string, unknown> = {}) =>
      printed.receive({ event, payload });
    const globals = { io, console: { log: print, error: print } };
    const ChatClient = classOf('root', 'ChatClient', globals) as new (
      url: string,
      token: string,
    ) => DocumentedClient;
    const client = new ChatClient(app.url, await tokenFor(user));
    after.add(() => client.disconnect());
    await printed.next('Connecté au serveur');
    return { user, client, printed };
  }
  const by =
    ({ id }: TestUser) =>
    (event: Record<string, unknown>) =>
      event.userId === String(id);

  it('talks to everybody who named no conversation either, and hears itself', async () => {
    const [alice, bob] = [await open(someone('alice')), await open(someone('bob'))];
    alice.client.sendMessage('Bonjour !');
    for (const { printed } of [alice, bob]) {
      expect(await printed.next('Nouveau message:')).toMatchObject({
        message: 'Bonjour !',
        username: 'alice',
        userId: String(alice.user.id),
      });
    }
  });

  it('talks in a conversation, in reply, and whatever else its context says arrives', async () => {
    const [alice, bob] = [await open(someone('alice')), await open(someone('bob'))];
    const roomId = String(await app.conversation([alice.user, bob.user]));
    alice.client.sendMessage('Bonjour !', { roomId });
    const { id: replyTo } = await bob.printed.next('Nouveau message:');
    bob.client.sendMessage('Bonsoir', { roomId, replyTo, mood: ['calm'] });
    const reply = await alice.printed.next(
      'Nouveau message:',
      ({ message }) => message !== 'Bonjour !',
    );
    expect(reply).toMatchObject({
      message: 'Bonsoir',
      context: { roomId, replyTo, mood: ['calm'] },
    });
  });

  it('tells the others that it types, and that it no longer does', async () => {
    const [alice, bob] = [await open(someone('alice')), await open(someone('bob'))];
    for (const isTyping of [true, false]) {
      alice.client.setTyping(isTyping);
      expect(
        await bob.printed.next("Utilisateur en train d'écrire:", by(alice.user)),
      ).toMatchObject({ username: 'alice', isTyping });
    }
  });

  it('sees the others come and go', async () => {
    const [alice, bob] = [await open(someone('alice')), someone('bob')];
    const { client } = await open(bob);
    const online = await alice.printed.next('Statut utilisateur:', by(bob));
    expect(online).toMatchObject({ username: 'bob', isOnline: true });
    client.disconnect();
    const offline = await alice.printed.next('Statut utilisateur:', by(bob));
    expect(offline).toMatchObject({ username: 'bob', isOnline: false });
  });

  it('is told what went wrong, and goes on', async () => {
    const { client, printed } = await open(someone('alice'));
    client.sendMessage('Bonjour !', { roomId: '123456789' });
    expect(await printed.next('Erreur:')).toStrictEqual({
      message: expect.any(String),
      code: 'CONVERSATION_NOT_FOUND',
    });
    client.sendMessage('Bonjour quand même !');
    await printed.next('Nouveau message:');
  });

  it('is gone once it disconnects', async () => {
    const [alice, bob] = [await open(someone('alice')), await open(someone('bob'))];
    alice.client.disconnect();
    await bob.printed.next('Statut utilisateur:', (e) => by(alice.user)(e) && e.isOnline === false);
    bob.client.sendMessage('Il y a quelqu’un ?');
    await bob.printed.next('Nouveau message:');
    expect(alice.client.socket.connected).toBe(false);
    expect(alice.printed.log.filter(({ event }) => event === 'Nouveau message:')).toEqual([]);
  });
});
