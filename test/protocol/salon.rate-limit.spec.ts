import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import { anError, gatherSalon } from '../support/salon-shapes.js';

/** Sends that many, and resolves once each is answered. */
async function send(client: FrameClient, room: string, count: number): Promise<void> {
  for (const n of range(1, count)) client.send('room_message', { room, content: `message ${n}` });
  for (const _ of range(1, count)) await client.next('room_message');
}

describe('ten messages a minute', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp({ RATE_LIMIT_SALON: '10/1m,100/1h' })));
  afterAll(() => app.stop());

  it('are a user’s, over all sockets; then RATE_LIMITED says how long to wait', async () => {
    const { slug, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [first] = clients;
    const second = await app.salon(users[0]);
    await Promise.all([send(first, slug, 6), send(second, slug, 4)]);
    for (const client of [first, second]) {
      const message = { room: slug, content: 'one too many' };
      const error = await client.request('room_message', message, 'error');
      expect(error).toStrictEqual(
        anError('RATE_LIMITED', {
          type: 'room_message',
          room: slug,
          retry_after: expect.any(Number),
        }),
      );
      const { retry_after } = error.details as { retry_after: number };
      expect(Number.isInteger(retry_after)).toBe(true);
      expect(retry_after).toBeGreaterThanOrEqual(1);
      expect(retry_after).toBeLessThanOrEqual(60);
    }
    // Others go on.
    await send(clients[1], slug, 1);
  });

  it('count direct messages, reactions and repeats, and nothing that is not sent', async () => {
    const { slug, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [a] = clients;
    const once = { room: slug, content: 'once', client_message_id: 'c-1' };
    const { id } = await a.request('room_message', once, 'room_message');
    await a.request('room_message', once, 'room_message');
    const to = { to_user_id: users[1].id };
    await a.request('direct_message', { ...to, content: 'hello' }, 'direct_message');
    const reaction = { room: slug, message_type: 'reaction', content: '👍', reply_to: id };
    await a.request('room_message', reaction, 'room_message');
    for (const _ of range(1, 12)) {
      await a.settled();
      await a.join(slug);
      await a.request('room_history', { room: slug }, 'message_history');
      await a.request('dm_history', { with_user: users[1].id }, 'message_history');
      await a.request('room_message', { room: slug, content: ' ' }, 'error');
    }
    await send(a, slug, 6);
    const error = await a.request('direct_message', { ...to, content: 'eleventh' }, 'error');
    expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { user_id: users[1].id } });
    const more = await a.request('room_message', { ...reaction, content: '🎉' }, 'error');
    expect(more).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('count each item of a batch', async () => {
    const { slug, clients } = await gatherSalon(app, ['alice']);
    const [a] = clients;
    const messages = range(1, 12).map((n) => ({
      type: 'room_message',
      data: { room: slug, content: `item ${n}` },
    }));
    a.send('message_batch', { messages });
    await a.settled();
    expect(a.received('room_message')).toHaveLength(10);
    for (const index of [10, 11]) {
      expect(await a.next('error')).toMatchObject({ code: 'RATE_LIMITED', details: { index } });
    }
  });
});

describe('a second limit, by the hour', () => {
  it('holds beside the first', async () => {
    const app = await startApp({ RATE_LIMIT_SALON: '100/1s,12/1h' });
    const { slug, clients } = await gatherSalon(app, ['alice']);
    await send(clients[0], slug, 12);
    const message = { room: slug, content: 'thirteenth' };
    const { code, details } = await clients[0].request('room_message', message, 'error');
    expect(code).toBe('RATE_LIMITED');
    const { retry_after } = details as { retry_after: number };
    expect(retry_after).toBeGreaterThan(3_000);
    expect(retry_after).toBeLessThanOrEqual(3_600);
    await app.stop();
  });

  it('ends when its time is over', async () => {
    const app = await startApp({ RATE_LIMIT_SALON: '2/2s' });
    const { slug, clients } = await gatherSalon(app, ['alice']);
    const [a] = clients;
    await send(a, slug, 2);
    const message = { room: slug, content: 'again' };
    const { details } = await a.request('room_message', message, 'error');
    const { retry_after } = details as { retry_after: number };
    await new Promise((resolve) => setTimeout(resolve, retry_after * 1_000));
    await a.request('room_message', message, 'room_message');
    await app.stop();
  });
});
