import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { cleanups } from '../support/cleanups.js';
import { FrameClient } from '../support/frame-client.js';
import { roomIdOf, speak } from '../support/live-shapes.js';
import { PostgresServer } from '../support/postgres-server.js';
import { Service } from '../support/service.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { remainsOf, untilGone } from './support/remains.js';

const LOOK_EVERY_MS = 20;

const after = cleanups();

async function start(variables: Record<string, string>) {
  const postgres = await PostgresServer.start();
  after.add(() => postgres.remove());
  const service = await Service.start({ DATABASE_URL: postgres.url, ...variables });
  after.add(() => service.remove());
  return { postgres, service };
}

/** Goes to that room; null is a visitor. Resolves once it is in. */
async function enter({ url }: Service, user: TestUser | null, room: string): Promise<FrameClient> {
  const token = user ? `token=${await tokenFor(user)}&` : '';
  const [slug, query = ''] = room.split('?');
  const path = `/chat/ws/room/${String(slug)}?${token}${query}`;
  const client = new FrameClient(`${url.replace('http', 'ws')}${path}`);
  after.add(() => client.close());
  await client.next('room_joined');
  return client;
}

async function untilItSays(service: Service, event: string): Promise<void> {
  while (!service.log.join('').includes(event)) await delay(LOOK_EVERY_MS);
}

it('clients of a service that is killed find their room again, and what was said in it', async () => {
  const { postgres, service } = await start({ LIVE_ROOM_GRACE_MS: '0' });
  await service.watch(async () => {
    const alice = someone('alice');
    const clients = [await enter(service, alice, 'stream'), await enter(service, null, 'stream')];
    const [a, visitor] = clients as [FrameClient, FrameClient];
    const room = roomIdOf(a);
    const { id } = await speak(a, 'first');
    await visitor.next('chat_message');
    await speak(visitor, 'second');
    await service.end('SIGKILL');
    for (const client of clients) await client.closed();
    await service.restart();
    const back = await enter(service, alice, `stream?last_message_id=${String(id)}`);
    expect(roomIdOf(back)).toBe(room);
    expect(await back.next('chat_message')).toMatchObject({ message: 'second', room_id: room });
    expect(roomIdOf(await enter(service, null, 'stream'))).toBe(room);
    await speak(back, 'third');
    expect(await remainsOf(postgres, [room])).toMatchObject({ conversations: 1, messages: 3 });
    // The dead process's lease, and the living one's.
    expect(await remainsOf(postgres, [room])).toMatchObject({ room_leases: 2 });
  });
}, 120_000);

it('a room that the last one leaves while PostgreSQL is away ends once it is back', async () => {
  const { postgres, service } = await start({ LIVE_ROOM_GRACE_MS: '50' });
  await service.watch(async () => {
    const stays = await enter(service, null, 'stays');
    for (const how of ['fast', 'immediate'] as const) {
      const left = await enter(service, null, how);
      const room = roomIdOf(left);
      await speak(left, 'the last word');
      await postgres.down(how);
      left.close();
      await left.closed();
      await untilItSays(service, `"event":"ROOM_NOT_ENDED","conversationId":${room}`);
      await postgres.up();
      await untilGone(postgres, [room]);
      // Who stayed has noticed nothing.
      while ((await service.readiness()) !== 200) await delay(LOOK_EVERY_MS);
      await speak(stays, `I am still here: ${how}`);
    }
    expect(await remainsOf(postgres, [roomIdOf(stays)])).toMatchObject({ messages: 2 });
  });
}, 120_000);
