import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { about, INSTANT, messageIn, outcomeOf, range } from '../support/chat-shapes.js';
import { expectInvalid, expectProblem } from './support/problems.js';
import { reporting } from './support/reporting.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('resolving a report', () => {
  it('dismissed: says who, when and why, and leaves the message alone', async () => {
    const { conversationId, guard, a, say, report, queue, resolve } = await reporting(app);
    const messageId = await say('quite harmless');
    const id = await report(messageId);
    const answer = await resolve(id, { resolution: 'dismissed', note: 'a joke' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      resolution: 'dismissed',
      note: 'a joke',
      resolvedBy: guard.id,
      resolvedAt: INSTANT,
    });
    expect(await queue('?status=resolved')).toEqual([answer.body]);
    const history = await a.expect('conversation:history', { conversationId });
    expect(history.messages).toMatchObject([{ content: 'quite harmless', deletedAt: null }]);
    await a.settled();
    expect(a.received('message:deleted')).toEqual([]);
  });

  it('removed: deletes the message, and everyone joined sees it go', async () => {
    const { conversationId, guard, a, b, say, report, resolve } = await reporting(app);
    const messageId = await say('buy now', { attachments: ['https://example.org/offer.png'] });
    const id = await report(messageId);
    const answer = await resolve(id, { resolution: 'removed' });
    expect(answer.body).toMatchObject({ id, resolution: 'removed', note: null });
    for (const client of [a, b]) {
      const event = await client.next('message:deleted', about(messageId));
      expect(event).toMatchObject({ conversationId, deletedBy: guard.id });
    }
    const history = await b.expect('conversation:history', { conversationId });
    const gone = { id: messageId, content: '', attachments: [], deletedAt: INSTANT };
    expect(history.messages).toMatchObject([gone]);
  });

  it('removed, in a conversation between two: moderators may, though they cannot join it', async () => {
    const { alice, bob, a, b, report, resolve } = await reporting(app);
    const sent = await a.send(`private_${alice.id}_${bob.id}`, 'between us');
    const { id: messageId } = messageIn(sent);
    const id = await report(messageId);
    expect((await resolve(id, { resolution: 'removed' })).status).toBe(200);
    const again = await b.request('message:report', { messageId, reason: 'spam' });
    expect(outcomeOf(again)).toBe('MESSAGE_NOT_FOUND');
  });

  it('removed, of a message that is gone already: is resolved, and tells nobody again', async () => {
    const { a, b, say, report, resolve } = await reporting(app);
    const messageId = await say('sorry');
    const id = await report(messageId);
    await a.expect('message:delete', { messageId });
    const answer = await resolve(id, { resolution: 'removed' });
    expect(answer).toMatchObject({ status: 200, body: { id, resolution: 'removed' } });
    await say('after it');
    await b.next('message:new', (event) => messageIn(event).content === 'after it');
    expect(b.received('message:deleted').filter(about(messageId))).toHaveLength(1);
  });

  it('removed, of a message that cannot be removed now: stays open, to be tried again', async () => {
    const { a, say, report, queue, resolve } = await reporting(app);
    const messageId = await say('buy now');
    const id = await report(messageId);
    await app.database.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE disk_full; END $$;
      CREATE TRIGGER refusing BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION refuse()`);
    try {
      expectProblem(await resolve(id, { resolution: 'removed' }), 'UNAVAILABLE');
    } finally {
      await app.database.query('DROP FUNCTION refuse CASCADE');
    }
    expect(await queue()).toMatchObject([{ id, resolution: null }]);
    expect((await resolve(id, { resolution: 'removed' })).status).toBe(200);
    await a.next('message:deleted', about(messageId));
  });

  it('a second time is CONFLICT, and changes nothing', async () => {
    const { conversationId, a, say, report, queue, resolve } = await reporting(app);
    const messageId = await say('quite harmless');
    const id = await report(messageId);
    const first = await resolve(id, { resolution: 'dismissed', note: 'fine' });
    for (const resolution of ['removed', 'dismissed']) {
      expectProblem(await resolve(id, { resolution, note: 'no' }), 'CONFLICT', 409);
    }
    expect(await queue('?status=resolved')).toEqual([first.body]);
    const history = await a.expect('conversation:history', { conversationId });
    expect(history.messages).toMatchObject([{ content: 'quite harmless' }]);
  });

  it('by several at once is done by one of them', async () => {
    const { say, report, resolve } = await reporting(app);
    const id = await report(await say('buy now'));
    const answers = await Promise.all(
      range(1, 6).map(() => resolve(id, { resolution: 'dismissed' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  });

  it('frees nobody to report that message anew: it is the same report', async () => {
    const { say, report, queue, resolve } = await reporting(app);
    const messageId = await say('quite harmless');
    const id = await report(messageId);
    await resolve(id, { resolution: 'dismissed' });
    expect(await report(messageId)).toBe(id);
    expect(await queue()).toEqual([]);
  });

  it('that does not exist is 404, however it is written', async () => {
    const { say, report, queue, resolve } = await reporting(app);
    const id = await report(await say('buy now'));
    const missing = await resolve(id + 1_000, { resolution: 'dismissed' });
    expectProblem(missing, 'MESSAGE_NOT_FOUND', 404);
    for (const odd of ['0', '-1', '1.5', 'x', `0${id}`, '0x1', '2147483648', '9'.repeat(40)]) {
      expect((await resolve(odd, { resolution: 'dismissed' })).body).toEqual(missing.body);
    }
    expect(await queue()).toMatchObject([{ id, resolvedAt: null }]);
  });

  it.each([
    ['resolution', {}],
    ['resolution', { resolution: null }],
    ['resolution', { resolution: 'deleted' }],
    ['resolution', { resolution: ['removed'] }],
    ['note', { resolution: 'removed', note: 5 }],
    ['note', { resolution: 'removed', note: 'x'.repeat(2_001) }],
  ])('refuses a bad %s: %j', async (field, body) => {
    const { say, report, queue, resolve } = await reporting(app);
    const id = await report(await say('buy now'));
    expectInvalid(await resolve(id, body), field);
    expect(await queue()).toMatchObject([{ id, resolvedAt: null }]);
  });

  it('takes a note of 2,000 characters, and none', async () => {
    const { say, report, resolve } = await reporting(app);
    for (const note of ['🙂'.repeat(2_000), null]) {
      const answer = await resolve(await report(await say('x')), { resolution: 'dismissed', note });
      expect(answer).toMatchObject({ status: 200, body: { note } });
    }
  });
});
