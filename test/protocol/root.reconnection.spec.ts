import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { io as io4_8 } from 'socket.io-client';
import { io as io4_5 } from 'socket.io-client-4.5.4';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups, type Cleanups } from '../support/cleanups.js';
import { classOf, runSample, samplesOf } from '../support/documents.js';
import { Inbox } from '../support/inbox.js';
import { someone, tokenFor } from '../support/tokens.js';

type Json = Record<string, unknown>;
interface Client {
  readonly socket: ReturnType<typeof io4_8>;
  disconnect(): void;
}

/** A line to the service that can be cut, as when a proxy or the service itself restarts. */
class Line {
  private readonly sockets = new Set<Socket>();
  private isDown = false;
  private readonly server: Server;

  constructor(target: string) {
    this.server = createServer((near) => {
      if (this.isDown) return void near.destroy();
      const far = connect(Number(new URL(target).port), '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  async open(after: Cleanups): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    after.add(() => {
      this.cut();
      this.server.close();
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.isDown = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isDown = false;
  }
}

/** The document's samples about losing the connection, as they stand. */
const listening = () =>
  samplesOf('root', 'javascript').filter((sample) =>
    /^socket(\.io\.on\('reconnect|\.on\('disconnect)/m.test(sample),
  );

describe.each([
  ['4.8.4', io4_8],
  ['4.5.4', io4_5 as unknown as typeof io4_8],
])('document 2’s ChatClient, socket.io-client %s', (_, io) => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());
  const after = cleanups();

  async function open(url: string, user = someone('alice')) {
    const printed = new Inbox();
    const print = (event: string, payload: unknown) =>
      printed.receive({ event, payload: { value: payload } });
    const console = { log: print, error: print };
    const ChatClient = classOf('root', 'ChatClient', { io, console }) as new (
      ...args: string[]
    ) => Client;
    const client = new ChatClient(url, await tokenFor(user));
    after.add(() => client.disconnect());
    for (const sample of listening()) runSample(sample, { socket: client.socket, console });
    await printed.next('Connecté au serveur');
    return { user, client, printed };
  }

  it('finds the samples about it in the document', () => {
    expect(listening()).toHaveLength(2);
  });

  it('comes back by itself when the line was cut, and hears again without asking', async () => {
    const line = new Line(app.url);
    const bob = someone('bob');
    const { printed, user } = await open(await line.open(after));
    const roomId = await app.conversation([user, bob]);
    line.cut();
    const { value: reason } = await printed.next('Déconnecté du serveur:');
    expect(['transport close', 'transport error']).toContain(reason);
    await printed.next('Tentative de reconnexion...');
    const { value: error } = await printed.next('Erreur de reconnexion:');
    expect(error).toBeInstanceOf(Error);
    line.mend();
    await printed.next('Reconnecté au serveur');
    await printed.next('Connecté au serveur');
    const speaker = await app.root(bob);
    for (const context of [{}, { roomId }]) {
      const { message } = await speaker.expect('message', { message: 'welcome back', context });
      const { roomId: place } = message as Json;
      await printed.next('Nouveau message:', ({ value }) => (value as Json).roomId === place);
    }
  });

  it('is invited to come back when the service stops', async () => {
    const stopping = await startApp();
    const { client, printed } = await open(stopping.url);
    await stopping.stop();
    expect(await printed.next('Déconnecté du serveur:')).toEqual({ value: 'transport close' });
    // What it would not be after an `io server disconnect`.
    expect(client.socket.active).toBe(true);
    await printed.next('Tentative de reconnexion...');
  });

  it('sends what it was given meanwhile once it is back', async () => {
    const line = new Line(app.url);
    const { client, printed } = await open(await line.open(after));
    line.cut();
    await printed.next('Déconnecté du serveur:');
    const message = `written offline with ${client.socket.io.engine.id}`;
    client.socket.emit('message', { message, context: {} });
    line.mend();
    await printed.next('Nouveau message:', ({ value }) => (value as Json).message === message);
  });
});
