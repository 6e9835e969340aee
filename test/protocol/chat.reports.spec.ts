import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { aFailure, messageIn, outcomeOf, POSITIVE, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Alice says something; bob may report it. */
async function aMessageToReport(content = 'buy now') {
  const { id, users, clients } = await gather(app, ['alice', 'bob']);
  const { id: messageId } = messageIn(await clients[0].send(id, content));
  return { id, messageId, users, a: clients[0], b: clients[1] };
}

const reportsOf = (messageId: number) =>
  app.database.query(
    'SELECT id, reporter_id, reason, details FROM reports WHERE message_id = $1 ORDER BY id',
    [messageId],
  );

describe('message:report', () => {
  it('is acked with the id of the report, and nobody in the conversation hears of it', async () => {
    const { id, messageId, users, a, b } = await aMessageToReport();
    const heard = (await a.settled()).length;
    const ack = await b.request('message:report', { messageId, reason: 'spam' });
    expect(ack).toStrictEqual({ success: true, reportId: POSITIVE });
    expect(await reportsOf(messageId)).toEqual([
      { id: ack.reportId, reporter_id: String(users[1].id), reason: 'spam', details: null },
    ]);
    // A message behind it tells that whatever the report would have caused has arrived.
    await b.send(id, 'after it');
    await a.next('message:new', (event) => messageIn(event).content === 'after it');
    expect(a.log.slice(heard).map(({ event }) => event)).toEqual(['message:new']);
  });

  it('keeps the details it comes with', async () => {
    const { messageId, b } = await aMessageToReport();
    const details = 'The third time today.\n“Same” link – voilà 🙄';
    await b.expect('message:report', { messageId, reason: 'spam', details });
    expect(await reportsOf(messageId)).toMatchObject([{ reason: 'spam', details }]);
  });

  it('of the same message again is the same report, as it was first', async () => {
    const { messageId, b } = await aMessageToReport();
    const first = await b.expect('message:report', { messageId, reason: 'spam', details: 'one' });
    const again = await b.request('message:report', { messageId, reason: 'abuse' });
    expect(again).toStrictEqual(first);
    const atOnce = await Promise.all(
      range(1, 5).map((n) => b.expect('message:report', { messageId, reason: `no ${n}` })),
    );
    for (const ack of atOnce) expect(ack).toStrictEqual(first);
    expect(await reportsOf(messageId)).toMatchObject([{ reason: 'spam', details: 'one' }]);
  });

  it('first from two sockets at once is one report', async () => {
    const { messageId, users, b } = await aMessageToReport();
    const second = await app.connect(users[1]);
    const acks = await Promise.all(
      [b, second, b, second].map((client) =>
        client.expect('message:report', { messageId, reason: 'spam' }),
      ),
    );
    expect(new Set(acks.map(({ reportId }) => reportId)).size).toBe(1);
    expect(await reportsOf(messageId)).toHaveLength(1);
  });

  it('of two users are two reports', async () => {
    const { messageId, a, b } = await aMessageToReport();
    const theirs = await b.expect('message:report', { messageId, reason: 'spam' });
    const own = await a.expect('message:report', { messageId, reason: 'by mistake' });
    expect(own.reportId).not.toBe(theirs.reportId);
    expect(await reportsOf(messageId)).toHaveLength(2);
  });

  it('answers a foreign message and a missing one alike, and keeps neither', async () => {
    const { messageId } = await aMessageToReport();
    const stranger = await app.connect(someone('stranger'));
    const [foreign, missing] = await Promise.all(
      [messageId, 2 ** 50].map((target) =>
        stranger.request('message:report', { messageId: target, reason: 'spam' }),
      ),
    );
    expect(foreign).toStrictEqual(aFailure('MESSAGE_NOT_FOUND'));
    expect(missing).toStrictEqual(foreign);
    expect(await reportsOf(messageId)).toEqual([]);
  });

  it('of a deleted message is MESSAGE_NOT_FOUND: there is nothing left to look at', async () => {
    const { messageId, a, b } = await aMessageToReport();
    await a.expect('message:delete', { messageId });
    const ack = await b.request('message:report', { messageId, reason: 'spam' });
    expect(ack).toStrictEqual(aFailure('MESSAGE_NOT_FOUND'));
    expect(await reportsOf(messageId)).toEqual([]);
  });

  it('without an ack is kept just the same', async () => {
    const { messageId, b } = await aMessageToReport();
    b.socket.emit('message:report', { messageId, reason: 'no ack' });
    await b.settled();
    expect(await reportsOf(messageId)).toMatchObject([{ reason: 'no ack' }]);
  });
});

describe('the texts of message:report', () => {
  const ask = (client: ChatClient, messageId: number, fields: Record<string, unknown>) =>
    client.request('message:report', { messageId, ...fields });

  it.each([
    ['reason', 'empty', { reason: '' }],
    ['reason', 'blank', { reason: ' \u200b\n' }],
    ['reason', '101 characters', { reason: 'x'.repeat(101) }],
    ['details', '2,001 characters', { reason: 'spam', details: 'x'.repeat(2_001) }],
  ])('refuse a %s that is %s', async (field, _, fields) => {
    const { messageId, b } = await aMessageToReport();
    const ack = await ask(b, messageId, fields);
    const details = [{ field, rules: [expect.any(String)] }];
    expect(ack).toStrictEqual(aFailure('VALIDATION_FAILED', { details }));
    expect(await reportsOf(messageId)).toEqual([]);
  });

  it('take as many characters as they say, whatever their bytes', async () => {
    const { messageId, b } = await aMessageToReport();
    const fields = { reason: '🙂'.repeat(100), details: '🙂'.repeat(2_000) };
    expect(outcomeOf(await ask(b, messageId, fields))).toBe('ok');
    expect(await reportsOf(messageId)).toMatchObject([fields]);
  });
});

describe('reports are limited', () => {
  it('to 30 an hour and user, over all sockets; what breaks a rule does not count', async () => {
    const { messageId, users, a, b } = await aMessageToReport();
    const second = await app.connect(users[1]);
    const frame = { messageId, reason: 'spam' };
    for (const _ of range(1, 5)) {
      const blank = await b.request('message:report', { messageId, reason: ' ' });
      expect(outcomeOf(blank)).toBe('VALIDATION_FAILED');
    }
    for (const n of range(1, 30)) await (n % 2 ? b : second).expect('message:report', frame);
    for (const client of [b, second]) {
      const ack = await client.request('message:report', frame);
      expect(ack).toStrictEqual(aFailure('RATE_LIMITED', { retryAfter: expect.any(Number) }));
      expect(ack.error?.retryAfter).toBeGreaterThan(0);
      expect(ack.error?.retryAfter).toBeLessThanOrEqual(60 * 60);
    }
    // Others still may, and so may the user, whatever else they do.
    await a.expect('message:report', frame);
    await b.expect('message:read', { messageId });
  });
});
