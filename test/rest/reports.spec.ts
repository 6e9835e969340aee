import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import { reporting, type ReportPage } from './support/reporting.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('the moderators’ queue', () => {
  it('shows who reported what and why, and the message as it was', async () => {
    const { conversationId, alice, bob, say, report, queue } = await reporting(app);
    const attachments = ['https://example.org/offer.png'];
    const messageId = await say('buy now', { attachments });
    const id = await report(messageId, { details: 'third time today' });
    expect(await queue()).toStrictEqual([
      {
        id,
        conversationId,
        messageId,
        reason: 'spam',
        details: 'third time today',
        reporterId: bob.id,
        reporterName: 'bob',
        message: { senderId: alice.id, senderName: 'alice', content: 'buy now', attachments },
        createdAt: INSTANT,
        assignedTo: null,
        assignedAt: null,
        resolvedAt: null,
        resolvedBy: null,
        resolution: null,
        note: null,
      },
    ]);
  });

  it('keeps what was said although its author edits or deletes it afterwards', async () => {
    const { a, say, report, queue } = await reporting(app);
    const attachments = ['https://example.org/offer.png'];
    const edited = await say('as it was', { attachments });
    const deleted = await say('as it was, too', { attachments });
    for (const messageId of [edited, deleted]) await report(messageId);
    await a.expect('message:edit', { messageId: edited, content: 'harmless' });
    await a.expect('message:delete', { messageId: deleted });
    expect(await queue()).toMatchObject([
      { messageId: edited, message: { content: 'as it was', attachments } },
      { messageId: deleted, message: { content: 'as it was, too', attachments } },
    ]);
  });

  it('outlives the conversation', async () => {
    const { conversationId, alice, say, report, queue, resolve } = await reporting(app);
    const id = await report(await say('and away'));
    await (await app.as(alice)).delete(`/conversations/${conversationId}`);
    expect(await queue()).toMatchObject([{ id, message: { content: 'and away' } }]);
    expect((await resolve(id, { resolution: 'removed' })).status).toBe(200);
    expect(await queue()).toEqual([]);
  });

  it('is for moderators and administrators alone', async () => {
    const { alice, bob, say, report, resolve } = await reporting(app);
    const id = await report(await say('buy now'));
    const owner = await app.as(alice);
    for (const client of [owner, await app.as(bob), await app.as(someone('stranger'))]) {
      expectProblem(await client.get('/moderation/reports'), 'PERMISSION_DENIED');
      const answer = await resolve(id, { resolution: 'removed' }, client);
      expectProblem(answer, 'PERMISSION_DENIED');
      // Nor do they learn which ids there are.
      expect((await resolve(id + 1, { resolution: 'removed' }, client)).body).toEqual(answer.body);
    }
    for (const role of ['moderator', 'admin', 'superuser']) {
      const client = await app.as(someone('staff', [role]));
      expect((await client.get('/moderation/reports')).body).toMatchObject({ items: [{ id }] });
    }
  });

  it('comes oldest first, in pages that hold each report once', async () => {
    const { g, say, report } = await reporting(app);
    const ids: number[] = [];
    for (const n of range(1, 7)) ids.push(await report(await say(`number ${n}`)));
    for (const limit of [1, 3, 7, 100]) {
      const pages: number[][] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const answer = await g.get(`/moderation/reports?limit=${limit}${from}`);
        const page: ReportPage = bodyOf<ReportPage>(answer);
        pages.push(page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(pages.flat()).toEqual(ids);
      expect(pages).toHaveLength(Math.ceil(7 / limit));
    }
  });

  it('goes on behind a cursor although the reports before it are resolved meanwhile', async () => {
    const { g, say, report, queue, resolve } = await reporting(app);
    const ids: number[] = [];
    for (const n of range(1, 4)) ids.push(await report(await say(`number ${n}`)));
    const first = bodyOf<ReportPage>(await g.get('/moderation/reports?limit=2'));
    for (const { id } of first.items) await resolve(id, { resolution: 'dismissed' });
    const rest = await queue(`?limit=2&cursor=${first.nextCursor}`);
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it('shows the open ones, or those that are resolved', async () => {
    const { say, report, queue, resolve } = await reporting(app);
    const [open, done] = [await report(await say('one')), await report(await say('two'))];
    await resolve(done, { resolution: 'dismissed' });
    const idsOf = async (query: string) => (await queue(query)).map(({ id }) => id);
    expect(await idsOf('')).toEqual([open]);
    expect(await idsOf('?status=open')).toEqual([open]);
    expect(await idsOf('?status=resolved')).toEqual([done]);
  });

  it('ends behind the last of them, wherever a cursor points', async () => {
    const { say, report, queue } = await reporting(app);
    await report(await say('buy now'));
    const cursor = Buffer.from('[9007199254740991]').toString('base64url');
    expect(await queue(`?cursor=${cursor}`)).toEqual([]);
  });

  it.each([
    ['status', 'all'],
    ['status', ''],
    ['status', 'open&status=resolved'],
    ['limit', '0'],
    ['limit', '101'],
    ['limit', 'ten'],
    ['cursor', 'garbage'],
    ['cursor', Buffer.from('["x"]').toString('base64url')],
    ['cursor', Buffer.from('[1,2]').toString('base64url')],
  ])('refuses a %s of %s', async (field, value) => {
    const { g } = await reporting(app);
    expectInvalid(await g.get(`/moderation/reports?${field}=${value}`), field);
  });
});
