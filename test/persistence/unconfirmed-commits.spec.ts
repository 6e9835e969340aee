import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { MessagesCommitted } from '../../src/core/core.events.js';
import { PostgresMessageLog } from '../../src/persistence/postgres-message-log.js';
import { draft, startLog, type LogFixture } from './support/log-fixture.js';

/** Stands between the log and its database, and can lose the answer to what was asked. */
class LossyProxy {
  private isLosing = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<LossyProxy> {
    const target = new URL(databaseUrl);
    const server = createServer((client) => {
      proxy.carry(client, target);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(databaseUrl);
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new LossyProxy(server, url.href);
    return proxy;
  }

  loseNextAnswer(): void {
    this.isLosing = true;
  }

  close(): void {
    this.server.close();
  }

  private carry(client: Socket, target: URL): void {
    const database = connect(Number(target.port), target.hostname);
    client.pipe(database);
    database.on('data', (answer) => {
      if (this.isLosing) client.destroy();
      else client.write(answer);
      this.isLosing = false;
    });
    client.on('error', () => undefined).on('close', () => database.destroy());
    database.on('error', () => undefined).on('close', () => client.destroy());
  }
}

describe('a commit whose answer was lost', () => {
  let fixture: LogFixture;
  beforeAll(async () => void (fixture = await startLog()));
  afterAll(() => fixture.close());

  it('is announced once the database is back, also when nobody sends again', async () => {
    const proxy = await LossyProxy.before(fixture.database.url);
    const log = new PostgresMessageLog(fixture.nodes[0].dataSource, proxy.url);
    const conversationId = await fixture.conversation(['1']);
    const announced = new Promise<MessagesCommitted>((resolve) => {
      log.onCommitted((commit) => commit.head === 2 && resolve(commit));
    });
    await log.append(draft(conversationId));
    proxy.loseNextAnswer();
    await expect(log.append(draft(conversationId))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await announced).toEqual({ conversationId, messages: [], head: 2 });
    await log.close();
    proxy.close();
  });
});
