import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { about, outcomeOf } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';
import { expectInvalid, expectProblem } from './support/problems.js';
import { reporting } from './support/reporting.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** A report, and an administrator: what a moderator may do to the author of it is little. */
async function reported() {
  const scene = await reporting(app);
  const messageId = await scene.say('buy now');
  const id = await scene.report(messageId);
  const admin = someone('admin', ['admin']);
  const d = await app.as(admin);
  const holding = async () =>
    ((await d.get(`/moderation/sanctions?userId=${scene.alice.id}`)).body as { items: unknown[] })
      .items;
  const send = async () => outcomeOf(await scene.a.request('message:send', hello(scene)));
  const audited = () => scene.audited(`userId=${scene.alice.id}`);
  return { ...scene, id, messageId, admin, d, holding, send, audited };
}

const hello = ({ conversationId }: { conversationId: number }) => ({
  ...{ conversationId, content: 'hello' },
});

describe('resolving a report with a sanction', () => {
  it('mutes the author where the message was said', async () => {
    const scene = await reported();
    const { id, conversationId, alice, admin, d, resolve, holding } = scene;
    const sanction = { action: 'mute', durationMinutes: 60, reason: 'spam' };
    const answer = await resolve(id, { resolution: 'sanctioned', note: 'third time', sanction }, d);
    expect(answer).toMatchObject({ status: 200, body: { id, resolution: 'sanctioned' } });
    const { durationMinutes: _, ...told } = sanction;
    const about = { conversationId, userId: alice.id, moderatorId: admin.id };
    expect(await holding()).toMatchObject([{ ...about, ...told, expiresAt: expect.any(String) }]);
    expect(await scene.send()).toBe('MUTED');
    const audited = (await scene.audited()).map(({ action, reason, details }) => ({
      ...{ action, reason, details },
    }));
    const resolution = { resolution: 'sanctioned', sanction: 'mute' };
    expect(audited).toEqual([
      { action: 'report.assigned', reason: null, details: { assignedTo: admin.id } },
      { action: 'sanction.applied', reason: 'spam', details: expect.any(Object) },
      { action: 'report.resolved', reason: 'third time', details: resolution },
    ]);
  });

  it('removes the message and bans the author everywhere', async () => {
    const { id, messageId, b, a, d, resolve, holding, audited } = await reported();
    const sanction = { action: 'ban', everywhere: true };
    const gone = a.disconnected();
    const answer = await resolve(id, { resolution: 'removed', sanction }, d);
    expect(answer).toMatchObject({ status: 200, body: { resolution: 'removed' } });
    await b.next('message:deleted', about(messageId));
    expect(await holding()).toMatchObject([{ action: 'ban', conversationId: null }]);
    await gone;
    expect((await audited()).map(({ action }) => action)).toEqual([
      'report.assigned',
      'sanction.applied',
      'message.deleted',
      'report.resolved',
    ]);
  });

  it('kicks the author, by a moderator of the service', async () => {
    const { id, alice, b, g, resolve } = await reported();
    const sanction = { action: 'kick', everywhere: true };
    expect((await resolve(id, { resolution: 'sanctioned', sanction }, g)).status).toBe(200);
    await b.next('user:offline', ({ userId }) => userId === alice.id);
  });

  it('that the moderator may not impose leaves the report open, and the message there', async () => {
    const { id, g, resolve, queue, holding, send, audited } = await reported();
    for (const action of ['ban', 'shadow']) {
      const body = { resolution: 'removed', sanction: { action, everywhere: true } };
      expectProblem(await resolve(id, body, g), 'PERMISSION_DENIED');
    }
    expect(await queue()).toMatchObject([{ id, resolution: null }]);
    expect([await holding(), await send()]).toEqual([[], 'ok']);
    // It is looked into by then, and nothing else.
    expect((await audited()).map(({ action }) => action)).toEqual(['report.assigned']);
  });

  it('where the conversation is gone says so, and goes everywhere still', async () => {
    const { id, conversationId, alice, d, resolve, queue } = await reported();
    await (await app.as(alice)).delete(`/conversations/${conversationId}`);
    const here = { resolution: 'sanctioned', sanction: { action: 'mute' } };
    expectProblem(await resolve(id, here, d), 'CONVERSATION_NOT_FOUND');
    expect(await queue()).toMatchObject([{ id }]);
    const everywhere = { resolution: 'removed', sanction: { action: 'mute', everywhere: true } };
    expect((await resolve(id, everywhere, d)).status).toBe(200);
  });

  it('of what is resolved already does nothing to anybody', async () => {
    const { id, d, resolve, holding } = await reported();
    await resolve(id, { resolution: 'dismissed' });
    const body = { resolution: 'sanctioned', sanction: { action: 'mute' } };
    expectProblem(await resolve(id, body, d), 'CONFLICT', 409);
    expect(await holding()).toEqual([]);
  });

  it.each([
    ['sanction', { resolution: 'sanctioned' }],
    ['sanction', { resolution: 'sanctioned', sanction: null }],
    ['sanction', { resolution: 'dismissed', sanction: { action: 'mute' } }],
    ['sanction', { resolution: 'sanctioned', sanction: 'mute' }],
    ['sanction', { resolution: 'sanctioned', sanction: [{ action: 'mute' }] }],
    ['sanction.action', { resolution: 'sanctioned', sanction: {} }],
    ['sanction.action', { resolution: 'sanctioned', sanction: { action: 'unmute' } }],
    ['sanction.action', { resolution: 'sanctioned', sanction: { action: ['mute'] } }],
    ...[-1, 1.5, '60', 10 * 366 * 24 * 60].map(
      (durationMinutes) =>
        [
          'sanction.durationMinutes',
          { resolution: 'sanctioned', sanction: { action: 'mute', durationMinutes } },
        ] as const,
    ),
    [
      'sanction.everywhere',
      { resolution: 'sanctioned', sanction: { action: 'mute', everywhere: 'no' } },
    ],
    [
      'sanction.reason',
      { resolution: 'sanctioned', sanction: { action: 'mute', reason: 'x'.repeat(501) } },
    ],
  ] as const)('refuses a bad %s: %j', async (field, body) => {
    const { id, d, resolve, queue, holding } = await reported();
    expectInvalid(await resolve(id, body, d), field);
    expect(await queue()).toMatchObject([{ id, resolvedAt: null }]);
    expect(await holding()).toEqual([]);
  });
});
