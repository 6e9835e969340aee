import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { FrameClient } from '../support/frame-client.js';
import {
  aFrame,
  anError,
  ask,
  frameOf,
  gatherVeza,
  join,
  say,
  send,
  userData,
} from '../support/veza-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const typing = (room: string, user: TestUser, isTyping: boolean) => ({
  room_id: room,
  ...userData(user),
  is_typing: isTyping,
  // As the document's React component reads it.
  isTyping,
});

/** The typist is told nothing of it: there is no answer either. */
async function expectSilence(client: FrameClient): Promise<void> {
  await client.settled();
  expect(client.received('typing_indicator')).toEqual([]);
  expect(client.received('error')).toEqual([]);
}

describe('typing', () => {
  it('is told to the others joined, from typing_start to typing_stop', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob', 'carol']);
    const [alice, ...others] = clients;
    say(alice, 'typing_start', { room_id: room });
    say(alice, 'typing_stop', { room_id: room });
    for (const client of others) {
      for (const isTyping of [true, false]) {
        const frame = await frameOf(client, 'typing_indicator');
        const data = typing(room, users[0], isTyping);
        expect(frame).toStrictEqual(aFrame('typing_indicator', data));
      }
    }
    await expectSilence(alice);
  });

  it.each<[string, (client: FrameClient, room: string) => unknown]>([
    ['with the message', (client, room) => send(client, room, { content: 'said' })],
    ['with leave_room', (client, room) => say(client, 'leave_room', { room_id: room })],
    ['with the connection', (client) => client.close()],
  ])('ends %s', async (_, end) => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    say(alice, 'typing_start', { room_id: room });
    expect(await bob.next('typing_indicator')).toStrictEqual(typing(room, users[0], true));
    await end(alice, room);
    expect(await bob.next('typing_indicator')).toStrictEqual(typing(room, users[0], false));
  });

  it('calls the room as each of them joined it', async () => {
    const { id, room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const byId = await app.veza(users[1]);
    await join(byId, `room_${id}`);
    say(clients[0], 'typing_start', { room_id: id });
    expect(await byId.next('typing_indicator')).toMatchObject({ room_id: `room_${id}` });
    expect(await clients[1].next('typing_indicator')).toMatchObject({ room_id: room });
  });

  it('in a direct conversation reaches the other one without a join', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.veza(alice), await app.veza(bob)];
    const room = `private_${alice.id}_${bob.id}`;
    await send(a, room, { content: 'hello' });
    say(a, 'typing_start', { room_id: room });
    expect(await b.next('typing_indicator')).toStrictEqual(
      typing(`private_${bob.id}_${alice.id}`, alice, true),
    );
  });

  it('is refused to those who take no part, and told to nobody', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const mallory = await app.veza(someone('mallory'));
    for (const type of ['typing_start', 'typing_stop']) {
      const error = await ask(mallory, type, { room_id: room }, 'error');
      expect(error).toStrictEqual(anError(1002, 'authorization_error'));
    }
    await expectSilence(clients[0]);
  });

  it('of other protocols is told alike', async () => {
    const { id, room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const elsewhere = await app.connect(users[1]);
    await elsewhere.expect('message:typing', { conversationId: id, isTyping: true });
    expect(await clients[0].next('typing_indicator')).toStrictEqual(typing(room, users[1], true));
  });
});
