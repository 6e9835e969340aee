import { describe, expect, it } from 'vitest';
import type { Socket } from 'socket.io-client';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { Ledger } from '../support/ledger.js';
import { Reader } from '../support/reader.js';
import { Service } from '../support/service.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { TirelessClient } from '../support/tireless-client.js';

/** 16 MB at least, in groups that are sent at once. */
const MESSAGES = 4_000;
const AT_ONCE = 100;
const TEXT = 'x'.repeat(3_900);

const after = cleanups();

/** Its side of the TCP connection: while it is paused, nothing is read from it. */
function wire(socket: Socket): { pause(): void; resume(): void } {
  const { transport } = socket.io.engine as unknown as { transport: { ws: never } };
  return transport.ws;
}

async function sendTogether({ socket }: TirelessClient, conversationId: number): Promise<void> {
  const sends = Array.from({ length: AT_ONCE }, () =>
    socket.emitWithAck('message:send', { conversationId, content: TEXT }),
  );
  for (const ack of (await Promise.all(sends)) as { success: boolean }[]) {
    expect(ack.success).toBe(true);
  }
}

describe('a reader that stops reading', () => {
  it('delays nobody, is hung up on, and reads everything in order once it goes on', async () => {
    const database = await createDatabase();
    after.add(() => database.drop());
    const service = await Service.start({ DATABASE_URL: database.url });
    after.add(() => service.remove());
    const users = ['author', 'attentive', 'asleep'].map((name) => someone(name));
    const conversation = await service.conversation(users);
    const ledger = new Ledger();
    const [author, attentive, asleep] = (await Promise.all(
      users.map(async (user: TestUser, index) => {
        const client = {
          url: service.url,
          token: await tokenFor(user),
          name: user.name,
          ledger,
          transports: ['websocket'] as const,
        };
        return index === 0 ? new TirelessClient(client) : new Reader(client, [conversation]);
      }),
    )) as [TirelessClient, Reader, Reader];
    for (const client of [author, attentive, asleep]) after.add(() => client.close());

    await service.watch(async () => {
      await Promise.all([author.connected(), attentive.reading(), asleep.reading()]);
      const [, , { id }] = users as [TestUser, TestUser, TestUser];
      const offline = new Set<unknown>();
      attentive.socket.on('user:offline', ({ userId }: { userId: unknown }) => offline.add(userId));
      wire(asleep.socket).pause();
      let sent = 0;
      // How much the sockets' buffers take before the service has to keep anything is not known.
      for (; sent < MESSAGES || !offline.has(id); sent += AT_ONCE) {
        await sendTogether(author, conversation);
      }
      const everything = new Map([[conversation, sent]]);
      await attentive.reached(everything);
      expect(asleep.lastSeq(conversation)).toBe(0);

      wire(asleep.socket).resume();
      await asleep.reached(everything);
      expect([asleep.connections, asleep.redeliveries]).toEqual([2, 0]);
      expect([attentive.connections, attentive.redeliveries]).toEqual([1, 0]);
    });
  }, 180_000);
});
