import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import {
  anAnswer,
  anError,
  answerTo,
  ask,
  bareId,
  gatherVeza,
  invalid,
  say,
  send,
  told,
  type Json,
} from '../support/veza-shapes.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const REPORT_ID = expect.stringMatching(/^[1-9]\d*$/);

/** A message in a room of two, the second of whom may report it. */
async function insulted() {
  const { room, users, clients } = await gatherVeza(app, ['bob', 'alice']);
  const { message_id } = await send(clients[0], room, { content: 'insult' });
  return { room, users, bob: clients[0], alice: clients[1], message_id };
}

async function queue(): Promise<Json[]> {
  const { body } = await (await app.as(someone('mod', ['moderator']))).get('/moderation/reports');
  return (body as { items: Json[] }).items;
}

describe('report_message', () => {
  it('is answered report_received, and stands in the moderators’ queue', async () => {
    const { users, alice, message_id } = await insulted();
    const data = { message_id, reason: 'harassment', details: 'He calls me names.' };
    const request = say(alice, 'report_message', data);
    const answer = await answerTo(alice, request, 'report_received');
    const received = { report_id: REPORT_ID, message_id };
    expect(answer).toStrictEqual(anAnswer(request, 'report_received', received));
    const reports = await queue();
    expect(reports.find(({ id }) => String(id) === answer.data.report_id)).toMatchObject({
      messageId: bareId({ message_id }),
      reporterId: users[1].id,
      reason: 'harassment',
      details: 'He calls me names.',
    });
  });

  it('twice is the same report', async () => {
    const { alice, message_id } = await insulted();
    const before = (await queue()).length;
    const first = await ask(
      alice,
      'report_message',
      { message_id, reason: 'spam' },
      'report_received',
    );
    const bare = bareId({ message_id });
    for (const id of [message_id, bare, String(bare)]) {
      const data = { message_id: id, reason: 'spam, still' };
      expect(await ask(alice, 'report_message', data, 'report_received')).toStrictEqual(first);
    }
    expect(await queue()).toHaveLength(before + 1);
  });

  it('is told to nobody in the room', async () => {
    const { bob, alice, message_id } = await insulted();
    await ask(alice, 'report_message', { message_id, reason: 'spam' }, 'report_received');
    await bob.settled();
    const types = told(bob).map(({ type }) => type);
    expect(types.slice(types.lastIndexOf('message_received') + 1)).toEqual(['pong']);
  });

  it('that moderators agree with ends as moderation_action for everyone joined', async () => {
    const { room, users, bob, alice, message_id } = await insulted();
    const data = { message_id, reason: 'spam' };
    const { report_id } = await ask(alice, 'report_message', data, 'report_received');
    const moderator = someone('mod', ['moderator']);
    const rest = await app.as(moderator);
    const path = `/moderation/reports/${String(report_id)}/resolve`;
    expect((await rest.post(path, { resolution: 'removed' })).status).toBe(200);
    for (const client of [bob, alice]) {
      expect(await client.next('moderation_action')).toMatchObject({
        action: 'message_deleted',
        message_id,
        moderator_id: String(moderator.id),
        room_id: room,
        user_id: String(users[0].id),
      });
    }
  });

  it('of a message of others and of one that is not there is refused alike', async () => {
    const { message_id } = await insulted();
    const mallory = await app.veza(someone('mallory'));
    for (const id of [message_id, 'msg_123456789']) {
      const error = await ask(mallory, 'report_message', { message_id: id, reason: 'x' }, 'error');
      expect(error).toStrictEqual(anError(1007, 'invalid_message_format'));
    }
  });

  it('of a message that is deleted is refused', async () => {
    const { users, alice, message_id } = await insulted();
    await (await app.as(users[0])).delete(`/messages/${bareId({ message_id })}`);
    const error = await ask(alice, 'report_message', { message_id, reason: 'spam' }, 'error');
    expect(error).toStrictEqual(anError(1007, 'invalid_message_format'));
  });

  it.each<[string, string, Json]>([
    ['no message', 'message_id', { reason: 'spam' }],
    ['a message that is none', 'message_id', { message_id: 'the last', reason: 'spam' }],
    ['no reason', 'reason', {}],
    ['a blank reason', 'reason', { reason: ' ' }],
    ['a reason that is no text', 'reason', { reason: 5 }],
    ['an endless reason', 'reason', { reason: 'x'.repeat(101) }],
    ['endless details', 'details', { reason: 'spam', details: 'x'.repeat(2_001) }],
    ['details that are no text', 'details', { reason: 'spam', details: ['x'] }],
  ])('with %s names %s', async (_, field, data) => {
    const { alice, message_id } = await insulted();
    const report = field === 'message_id' ? data : { message_id, ...data };
    expect(await ask(alice, 'report_message', report, 'error')).toStrictEqual(invalid(field));
  });
});
