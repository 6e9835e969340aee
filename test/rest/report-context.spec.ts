import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aMessage, INSTANT, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';
import { bodyOf, expectProblem } from './support/problems.js';
import { reporting } from './support/reporting.js';
import type { MessageView, ReportView } from './support/views.js';

interface InContext extends ReportView {
  context: MessageView[] | null;
  sanctions: unknown[];
  earlierReports: number;
}

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('a report in its context', () => {
  it('is the report, and the message as it is now among those around it', async () => {
    const { conversationId, alice, a, say, report, queue, inContext } = await reporting(app);
    const ids: number[] = [];
    for (const n of range(1, 25)) ids.push(await say(`number ${n}`));
    const reported = ids[11] ?? 0;
    const id = await report(reported);
    await a.expect('message:edit', { messageId: reported, content: 'harmless' });
    const answer = await inContext(id);
    expect(answer.status).toBe(200);
    const { context, sanctions, earlierReports, ...own } = bodyOf<InContext>(answer);
    expect([own]).toEqual(await queue());
    expect({ sanctions, earlierReports }).toEqual({ sanctions: [], earlierReports: 0 });
    expect(context?.map((message) => message.id)).toEqual(ids.slice(1, 22));
    expect(context?.[10]).toStrictEqual(
      aMessage({
        ...{ id: reported, conversationId, senderId: alice.id, senderName: 'alice' },
        ...{ content: 'harmless', editedAt: INSTANT },
      }),
    );
  });

  it('ends where the conversation does', async () => {
    const { say, report, inContext } = await reporting(app);
    const [first, , last] = [await say('one'), await say('two'), await say('three')];
    for (const messageId of [first, last]) {
      const { context } = bodyOf<InContext>(await inContext(await report(messageId)));
      expect(context?.map(({ content }) => content)).toEqual(['one', 'two', 'three']);
    }
  });

  it('shows that the message was deleted', async () => {
    const { a, say, report, inContext } = await reporting(app);
    const messageId = await say('and away');
    const id = await report(messageId);
    await a.expect('message:delete', { messageId });
    const { context, message } = bodyOf<InContext>(await inContext(id));
    expect(context).toMatchObject([{ id: messageId, content: '', deletedAt: INSTANT }]);
    expect(message.content).toBe('and away');
  });

  it('shows what the shadow banned said meanwhile', async () => {
    const { conversationId, alice, say, report, inContext } = await reporting(app);
    const id = await report(await say('buy now'));
    const admin = await app.as(someone('admin', ['admin']));
    const shadow = { action: 'shadow', userId: alice.id, conversationId };
    expect((await admin.post('/moderation/sanctions', shadow)).status).toBe(201);
    await say('does anybody hear me?');
    const { context } = bodyOf<InContext>(await inContext(id));
    const contents = ['buy now', 'does anybody hear me?'];
    expect(context?.map(({ content }) => content)).toEqual(contents);
  });

  it('has no messages once the conversation is gone', async () => {
    const { conversationId, alice, say, report, inContext } = await reporting(app);
    const id = await report(await say('and away'));
    await (await app.as(alice)).delete(`/conversations/${conversationId}`);
    const { context, message } = bodyOf<InContext>(await inContext(id));
    expect({ context, content: message.content }).toEqual({ context: null, content: 'and away' });
  });

  it('tells of the author’s sanctions that hold, here and elsewhere', async () => {
    const { conversationId, alice, bob, say, report, inContext, g } = await reporting(app);
    const id = await report(await say('buy now'));
    const put = async (fields: object) => {
      const answer = await g.post('/moderation/sanctions', { action: 'mute', ...fields });
      return answer.body as { id: number };
    };
    await put({ userId: bob.id });
    const everywhere = await put({ userId: alice.id, reason: 'spam', durationMinutes: 60 });
    const admin = await app.as(someone('admin', ['admin']));
    const here = await admin.post('/moderation/sanctions', {
      ...{ action: 'mute', userId: alice.id, conversationId },
    });
    const { sanctions } = bodyOf<InContext>(await inContext(id));
    expect(sanctions).toEqual([here.body, everywhere]);
    await g.delete(`/moderation/sanctions/${everywhere.id}`);
    expect(bodyOf<InContext>(await inContext(id)).sanctions).toEqual([here.body]);
  });

  it('counts the reports of the author that came before', async () => {
    const { alice, a, b, conversationId, say, report, inContext, g } = await reporting(app);
    const ids: number[] = [];
    for (const n of range(1, 3)) ids.push(await report(await say(`number ${n}`)));
    // One of somebody else.
    const sent = await b.send(conversationId, 'no spam');
    const { id: messageId } = sent.message as MessageView;
    const ack = await a.expect('message:report', { messageId, reason: 'spam' });
    const counts = [...ids, Number(ack.reportId)].map(async (id) =>
      bodyOf<InContext>(await inContext(id)),
    );
    const found = await Promise.all(counts);
    expect(found.map(({ earlierReports }) => earlierReports)).toEqual([0, 1, 2, 0]);
    expect(found[2]?.message.senderId).toBe(alice.id);
    // Resolved ones count as well.
    await g.post(`/moderation/reports/${ids[0]}/resolve`, { resolution: 'dismissed' });
    expect(bodyOf<InContext>(await inContext(ids[2] ?? 0)).earlierReports).toBe(2);
  });

  it('is for moderators, of reports that are there', async () => {
    const { alice, bob, say, report, inContext } = await reporting(app);
    const id = await report(await say('buy now'));
    for (const user of [alice, bob]) {
      const client = await app.as(user);
      const answer = await inContext(id, client);
      expectProblem(answer, 'PERMISSION_DENIED');
      expect((await inContext(id + 1, client)).body).toEqual(answer.body);
    }
    for (const odd of [id + 1, '0', 'x', '1.5', '2147483648', '9'.repeat(40)]) {
      expectProblem(await inContext(odd), 'MESSAGE_NOT_FOUND', 404);
    }
  });
});
