import { describe, expect, it } from 'vitest';
import type { Socket } from 'socket.io-client';
import { ChatClient } from '../support/chat-client.js';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { FrameClient } from '../support/frame-client.js';
import { Ledger } from '../support/ledger.js';
import { Reader } from '../support/reader.js';
import { Service } from '../support/service.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

const MB = 1_000_000;
const FLOOD_BYTES = 100 * MB;
/** 60 kB on the wire, in every dialect. */
const TEXT = '€'.repeat(20_000);
const TEXT_BYTES = 180_000;
const AT_ONCE = 10;

/** The two queues may hold 8 MB each; without a bound they would hold 200 together. */
const MAY_STAY_BYTES = 40 * MB;
/** As above, and what the collector leaves lying about. */
const MAY_GROW_BYTES = 80 * MB;
/** Latencies of a busy machine scatter; what they must not do is grow with the queues. */
const MAY_SLOW_DOWN = 5;

const after = cleanups();

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function timed(body: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await body();
  return performance.now() - begun;
}

/** Its side of the TCP connection: while it is paused, nothing is read from it. */
function wire(socket: Socket): { pause(): void; resume(): void } {
  const { transport } = socket.io.engine as unknown as { transport: { ws: never } };
  return transport.ws;
}

/** Somebody who floods a room, and two who talk in another meanwhile. */
class Stage {
  sent = 0;
  private isFlooding = false;

  constructor(
    private readonly rooms: { readonly flooded: number; readonly quiet: number },
    private readonly author: ChatClient,
    private readonly pair: readonly [ChatClient, ChatClient],
  ) {}

  /**
   * Sends so many bytes, and more until `isDone`: how much the system's own buffers take before
   * the service has to keep anything is not known. Returns how long the author waited for acks,
   * and the two for each other: medians, in ms.
   */
  async flood(
    bytes: number,
    isDone = (): boolean => true,
  ): Promise<{ readonly acks: number; readonly talk: number }> {
    const acks: number[] = [];
    const talk: number[] = [];
    this.isFlooding = true;
    const talking = (async () => {
      while (this.isFlooding) talk.push(await timed(() => this.sayAndHear()));
    })();
    for (const end = this.sent + Math.ceil(bytes / TEXT_BYTES); this.sent < end || !isDone();) {
      acks.push(await timed(() => this.sendTogether()));
    }
    this.isFlooding = false;
    await talking;
    return { acks: median(acks), talk: median(talk) };
  }

  private async sendTogether(): Promise<void> {
    const { flooded } = this.rooms;
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.author.send(flooded, TEXT)));
    this.sent += AT_ONCE;
  }

  private async sayAndHear(): Promise<void> {
    const [caller, callee] = this.pair;
    const heard = callee.next('message:new');
    await caller.send(this.rooms.quiet, 'hello');
    await heard;
  }
}

describe('readers that stop reading while 100 MB are sent to their room', () => {
  it('are let go: memory stays bounded, others notice nothing, they catch up later', async () => {
    const database = await createDatabase();
    after.add(() => database.drop());
    const service = await Service.start({
      ...{ DATABASE_URL: database.url, MAX_MESSAGE_LENGTH: '20000', RATE_LIMIT_SALON: 'off' },
    });
    after.add(() => service.remove());
    const [author, attentive, asleep, alsoAsleep] = ['author', 'attentive', 'asleep', 'dozing'].map(
      (name) => someone(name),
    ) as [TestUser, TestUser, TestUser, TestUser];
    const pair = [someone('caller'), someone('callee')] as const;
    const flooded = await service.conversation([author, attentive, asleep, alsoAsleep]);
    const quiet = await service.conversation(pair);
    const ledger = new Ledger();

    const chat = async (user: TestUser, room?: number) => {
      const client = new ChatClient(service.url, await tokenFor(user), {
        transports: ['websocket'],
      });
      after.add(() => client.close());
      await client.connected();
      if (room !== undefined) await client.join(room);
      return client;
    };
    const reader = async (user: TestUser) => {
      const options = { url: service.url, token: await tokenFor(user), name: user.name, ledger };
      const client = new Reader({ ...options, transports: ['websocket'] }, [flooded]);
      after.add(() => client.close());
      await client.reading();
      return client;
    };
    const salon = async (user: TestUser) => {
      const url = `${service.url.replace('http', 'ws')}/ws/chat?token=${await tokenFor(user)}`;
      const client = new FrameClient(url);
      after.add(() => client.close());
      await client.opened();
      await client.join(flooded);
      return client;
    };

    await service.watch(async () => {
      // The author is not joined: the acks are what it waits for.
      const talkers = [await chat(pair[0]), await chat(pair[1], quiet)] as const;
      const stage = new Stage({ flooded, quiet }, await chat(author), talkers);
      const reading = await reader(attentive);
      const [onSocketIo, onRaw] = [await reader(asleep), await salon(alsoAsleep)];
      // What memory and time it takes when everybody reads.
      const undisturbed = await stage.flood(FLOOD_BYTES);
      await onSocketIo.reached(new Map([[flooded, stage.sent]]));
      const seenAwake = stage.sent;
      const before = await service.memory();

      const offline = new Set<unknown>();
      reading.socket.on('user:offline', ({ userId }: { userId: unknown }) => offline.add(userId));
      wire(onSocketIo.socket).pause();
      onRaw.socket.pause();
      const areLetGo = () => offline.has(asleep.id) && offline.has(alsoAsleep.id);
      const disturbed = await stage.flood(FLOOD_BYTES, areLetGo);
      const everything = new Map([[flooded, stage.sent]]);
      await reading.reached(everything);
      const later = await service.memory();

      expect(later.peak - before.peak).toBeLessThan(MAY_GROW_BYTES);
      const held = ({ heapUsed, external }: typeof before) => heapUsed + external;
      expect(held(later) - held(before)).toBeLessThan(MAY_STAY_BYTES);
      expect(disturbed.acks).toBeLessThan(undisturbed.acks * MAY_SLOW_DOWN);
      expect(disturbed.talk).toBeLessThan(undisturbed.talk * MAY_SLOW_DOWN);

      expect(onSocketIo.lastSeq(flooded)).toBe(seenAwake);
      wire(onSocketIo.socket).resume();
      onRaw.socket.resume();
      await onSocketIo.reached(everything);
      expect([onSocketIo.connections, onSocketIo.redeliveries]).toEqual([2, 0]);
      expect([reading.connections, reading.redeliveries]).toEqual([1, 0]);
      // Without the frame that says so where it slept longer than a close is waited for.
      expect([1013, 1006]).toContain((await onRaw.closed()).code);
      const again = await salon(alsoAsleep);
      const range = { room: flooded, limit: 10 };
      const { total } = await again.request('room_history', range, 'message_history');
      expect(total).toBe(stage.sent);
      await ledger.until('no breach', () => true);
    });
  }, 180_000);
});
