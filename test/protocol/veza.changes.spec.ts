import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  aFrame,
  anAnswer,
  anError,
  answerTo,
  bareId,
  contentsOf,
  frameOf,
  gatherVeza,
  inRoom,
  say,
  send,
} from '../support/veza-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('a message sent again with the same id', () => {
  it('is stored once, and the repeat answered to the sender’s socket alone', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    const other = await app.veza(users[0]);
    const data = { room_id: room, content: 'once' };
    const first = await answerTo(alice, say(alice, 'message', data, 'once-1'), 'message_received');
    await bob.next('message_received');
    for (const client of [alice, other]) {
      const again = await answerTo(client, say(client, 'message', data, 'once-1'), first.type);
      expect(again).toStrictEqual({ ...first, timestamp: again.timestamp });
    }
    await send(alice, room, { content: 'next' });
    await bob.next('message_received', ({ content }) => content === 'next');
    expect(contentsOf(bob.received('message_received'))).toEqual(['once', 'next']);
    expect(alice.received('message_received')).toHaveLength(3);
  });

  it('and other content is refused', async () => {
    const { room, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    say(alice, 'message', { room_id: room, content: 'this' }, 'same');
    await alice.next('message_received');
    const request = say(alice, 'message', { room_id: room, content: 'that' }, 'same');
    expect(await answerTo(alice, request, 'error')).toStrictEqual(
      anAnswer(request, 'error', anError(1007, 'invalid_message_format')),
    );
    await alice.settled();
    await bob.settled();
    expect(contentsOf(bob.received('message_received'))).toEqual(['this']);
  });

  it('by somebody else, or in another room, is another message', async () => {
    const [here, there] = [await gatherVeza(app, ['alice', 'bob']), await gatherVeza(app, ['eve'])];
    const ids = new Set<unknown>();
    for (const [client, room_id] of [
      [here.clients[0], here.room],
      [here.clients[1], here.room],
      [there.clients[0], there.room],
    ] as const) {
      const request = say(client, 'message', { room_id, content: 'mine' }, 'shared');
      ids.add((await answerTo(client, request, 'message_received')).data.message_id);
    }
    expect(ids.size).toBe(3);
  });
});

describe('changes, which other protocols and REST make', () => {
  it('an edit comes as message_updated, to its author too', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const sent = await send(clients[0], room, { content: 'teh' });
    const editor = await app.connect(users[0]);
    await editor.expect('message:edit', { messageId: bareId(sent), content: 'the' });
    for (const client of clients) {
      const frame = await frameOf(client, 'message_updated');
      const { message_id } = sent;
      const data = inRoom(room, users[0], { content: 'the', is_edited: true, message_id });
      expect(frame).toStrictEqual(aFrame('message_updated', data));
    }
  });

  it('its author’s deletion comes as message_updated, blank and is_deleted', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const sent = await send(clients[0], room, { content: 'regrets' });
    await (await app.as(users[0])).delete(`/messages/${bareId(sent)}`);
    for (const client of clients) {
      const frame = await frameOf(client, 'message_updated');
      const { message_id } = sent;
      const data = inRoom(room, users[0], { content: '', is_deleted: true, message_id });
      expect(frame).toStrictEqual(aFrame('message_updated', data));
      await client.settled();
      expect(client.received('moderation_action')).toEqual([]);
    }
  });

  it.each(['of the service', 'of the room'])(
    'a moderator’s %s as moderation_action',
    async (who) => {
      const { room, users, clients } = await gatherVeza(app, ['owner', 'bob']);
      const { message_id } = await send(clients[1], room, { content: 'insult' });
      const moderator = who === 'of the room' ? users[0] : someone('mod', ['moderator']);
      const removal = await app.as(moderator);
      await removal.delete(`/messages/${bareId({ message_id })}`);
      for (const client of clients) {
        const frame = await frameOf(client, 'moderation_action');
        expect(frame).toStrictEqual(
          aFrame('moderation_action', {
            action: 'message_deleted',
            message_id,
            reason: 'removed_by_moderator',
            moderator_id: String(moderator.id),
            room_id: room,
            user_id: String(users[1].id),
            username: 'bob',
          }),
        );
        await client.settled();
        expect(client.received('message_updated')).toEqual([]);
      }
    },
  );
});
