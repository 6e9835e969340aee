import { describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { ChatClient } from '../support/chat-client.js';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { Service } from '../support/service.js';
import { someone, tokenFor } from '../support/tokens.js';

const POOL = 2;

const after = cleanups();

/** A way to the database whose connections can die without either end being told. */
class Route {
  private constructor(
    private readonly sockets: Socket[],
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<Route> {
    const target = new URL(databaseUrl);
    const sockets: Socket[] = [];
    const server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) {
        socket.on('error', () => undefined);
        sockets.push(socket);
      }
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(databaseUrl);
    url.port = String((server.address() as AddressInfo).port);
    after.add(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return new Route(sockets, url.href);
  }

  /** Nothing passes any more on the connections there are; new ones work. */
  silence(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }
}

describe('connections to the database that die silently', () => {
  it('are replaced, however busy the service is', async () => {
    const database = await createDatabase();
    after.add(() => database.drop());
    const route = await Route.to(database.url);
    const service = await Service.start({
      DATABASE_URL: route.url,
      DATABASE_POOL: String(POOL),
    });
    after.add(() => service.remove());
    const user = someone('alice');
    const conversationId = await service.conversation([user]);
    const client = new ChatClient(service.url, await tokenFor(user));
    after.add(() => client.close());

    await service.watch(async () => {
      await client.connected();
      await client.send(conversationId, 'Before');
      route.silence();

      // More readers than connections, without a pause: none of them is ever idle, and so ended.
      let answered = 0;
      const readUntilAnswered = async (): Promise<void> => {
        while (answered < 3 * POOL) if ((await service.readiness()) === 200) answered++;
      };
      await Promise.all(Array.from({ length: 2 * POOL }, readUntilAnswered));

      const send = () => client.request('message:send', { conversationId, content: 'After' });
      while (!(await send()).success);
      expect(service.isRunning).toBe(true);
    });
  }, 180_000);
});
