import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import { anError, from, gatherLive, newSlug, speak } from '../support/live-shapes.js';
import { sectionOf } from '../support/live-samples.js';
import { someone } from '../support/tokens.js';

/** Fewer than the document's: a hundred visitors' messages would take long. */
const EACH = 5;
const TOGETHER = 10 * EACH;

const LIMITED = anError('Rate limit exceeded', 'RATE_LIMITED', {
  retry_after: expect.any(Number),
});

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ RATE_LIMIT_LIVE: `${EACH}/1m`, TRUST_PROXY: '1' });
});
afterAll(() => app.stop());

let sent = 0;

/** Sends that many, one after the other: each is heard. */
async function send(client: FrameClient, count: number): Promise<void> {
  for (const _ of range(1, count)) await speak(client, `message ${++sent}`);
}

async function expectLimited(client: FrameClient): Promise<void> {
  const error = await client.request('chat_message', { message: 'one too many' }, 'error');
  expect(error).toStrictEqual(LIMITED);
  expect(Number.isInteger(error.retry_after)).toBe(true);
  expect(error.retry_after).toBeGreaterThanOrEqual(1);
  expect(error.retry_after).toBeLessThanOrEqual(60);
}

it('the limit is the document’s, unless told otherwise', () => {
  const [, count, seconds] =
    /par utilisateur\*\*: (\d+) messages \/ (\d+) secondes/.exec(sectionOf('⚠️ Limitations')) ?? [];
  const rate = { count: Number(count), seconds: Number(seconds) };
  expect(readEnvironment({ NODE_ENV: 'test' }).RATE_LIMIT_LIVE).toEqual([rate]);
});

describe('a user', () => {
  it('has one limit for all sockets and rooms; then it is told how long to wait', async () => {
    const { place, users, clients } = await gatherLive(app, ['alice', 'bob']);
    const [first, bob] = clients;
    const second = await app.live(users[0], place);
    const elsewhere = await app.live(users[0], `room/${newSlug()}`);
    await send(first, 2);
    await send(second, 2);
    await send(elsewhere, 1);
    for (const client of [first, second, elsewhere]) await expectLimited(client);
    // Others go on, and what was refused was heard by nobody.
    await send(bob, EACH);
    expect(bob.received('chat_message')).toHaveLength(4 + EACH);
  });

  it('is not counted for what is no message, and is for what is sent again', async () => {
    const { clients } = await gatherLive(app, ['alice', 'bob']);
    const [alice] = clients;
    const once = { message: 'once', client_message_id: 'c-1' };
    await alice.request('chat_message', once, 'chat_message');
    await alice.request('chat_message', once, 'chat_message');
    for (const _ of range(1, EACH)) {
      await alice.settled();
      alice.send('typing_start', {});
      alice.send('typing_stop', {});
      for (const message of ['', 'x'.repeat(1_001), 5]) {
        const { code } = await alice.request('chat_message', { message }, 'error');
        expect(code).not.toBe('RATE_LIMITED');
      }
    }
    await send(alice, EACH - 2);
    await expectLimited(alice);
  });

  it('that is limited here is not elsewhere: each protocol counts for itself', async () => {
    const { id, users, clients } = await gatherLive(app, ['alice']);
    await send(clients[0], EACH);
    await expectLimited(clients[0]);
    const chat = await app.connect(users[0]);
    await chat.expect('message:send', { conversationId: id, content: 'over chat' });
    await clients[0].next('chat_message', ({ message }) => message === 'over chat');
  });
});

describe('visitors', () => {
  it('have a limit each, and one together of their address, ten times that', async () => {
    const place = `room/${newSlug()}`;
    const visit = (address: string) => app.live(null, place, from(address));
    const crowd = await Promise.all(range(1, 11).map(() => visit('203.0.113.7')));
    const [last, ...many] = crowd;
    for (const visitor of many) {
      await send(visitor, EACH);
      // Refused for itself: that is not counted for its neighbours.
      await expectLimited(visitor);
    }
    expect(last?.received('chat_message')).toHaveLength(TOGETHER);
    if (last) await expectLimited(last);
    await expectLimited(await visit('203.0.113.7'));
    await send(await visit('203.0.113.8'), EACH);
  });

  it('do not use up what users from their address may send', async () => {
    const place = `room/${newSlug()}`;
    const here = from('203.0.113.9');
    const visitors = await Promise.all(range(1, 10).map(() => app.live(null, place, here)));
    for (const visitor of visitors) await send(visitor, EACH);
    await expectLimited(await app.live(null, place, here));
    await send(await app.live(someone('alice'), place, here), EACH);
  });
});
