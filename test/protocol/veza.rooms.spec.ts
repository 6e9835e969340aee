import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  anAnswer,
  anError,
  answerTo,
  ask,
  contentsOf,
  gatherVeza,
  inRoom,
  join,
  MESSAGE_ID,
  MOMENT,
  say,
  send,
  toReader,
} from '../support/veza-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('join_room', () => {
  it('takes an id, as a number or as text, room_<id> or a slug; the room is called so from then on', async () => {
    const { id, room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice] = clients;
    for (const name of [id, String(id), `room_${id}`, room]) {
      const bob = await app.veza(users[1]);
      const request = say(bob, 'join_room', { room_id: name });
      const answer = await answerTo(bob, request, 'room_joined');
      expect(answer).toStrictEqual(anAnswer(request, 'room_joined', answer.data));
      expect(answer.data).toMatchObject({ room_id: name, room_name: room });
      const content = `to ${name}`;
      await send(alice, room, { content });
      expect(await bob.next('message_received')).toStrictEqual(inRoom(name, users[0], { content }));
      expect(await ask(bob, 'leave_room', { room_id: name }, 'room_left')).toEqual({
        room_id: name,
      });
    }
  });

  it('says what the room is, and what was said last', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice'], { title: 'Général' });
    const [alice] = clients;
    const facts = { room_id: room, room_name: 'Général', room_type: 'private', users_online: 1 };
    expect(await join(alice, room)).toStrictEqual({ ...facts, last_message: null });
    await send(alice, room, { content: 'Bonjour tout le monde !' });
    expect(await join(alice, room)).toStrictEqual({
      ...facts,
      last_message: {
        id: MESSAGE_ID,
        content: 'Bonjour tout le monde !',
        user_id: String(users[0].id),
        username: 'alice',
        timestamp: MOMENT,
      },
    });
  });

  it('counts users online, each once, whatever they speak', async () => {
    const { id, room, users } = await gatherVeza(app, ['alice', 'bob'], { type: 'public' });
    const second = await app.veza(users[1]);
    expect(await join(second, room)).toMatchObject({ users_online: 2 });
    await (await app.salon(someone('carol'))).join(room);
    await (await app.connect(someone('dave'))).join(id);
    expect(await join(second, room)).toMatchObject({ users_online: 4 });
  });

  it('makes a participant of whoever joins a public room', async () => {
    const { id, room } = await gatherVeza(app, ['alice'], { type: 'public' });
    const bob = someone('bob');
    expect(await join(await app.veza(bob), room)).toMatchObject({ room_type: 'public' });
    expect((await (await app.as(bob)).get(`/conversations/${id}`)).status).toBe(200);
  });

  it('is refused in a private room of others, and in one that does not exist', async () => {
    const { room } = await gatherVeza(app, ['alice']);
    const bob = await app.veza(someone('bob'));
    expect(await ask(bob, 'join_room', { room_id: room }, 'error')).toStrictEqual(
      anError(1002, 'authorization_error'),
    );
    for (const name of ['nowhere', 2 ** 31 - 1, 'room_0', 'private_1_2']) {
      const error = await ask(bob, 'join_room', { room_id: name }, 'error');
      expect(error).toStrictEqual(anError(1004, 'room_not_found'));
    }
  });
});

describe('leave_room', () => {
  it('is answered room_left, and nothing of the room is heard afterwards', async () => {
    const { room, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    await send(alice, room, { content: 'before' });
    const request = say(bob, 'leave_room', { room_id: room });
    const answer = await answerTo(bob, request, 'room_left');
    expect(answer).toStrictEqual(anAnswer(request, 'room_left', { room_id: room }));
    await send(alice, room, { content: 'after' });
    say(alice, 'typing_start', { room_id: room });
    await alice.settled();
    await bob.settled();
    expect(contentsOf(bob.received('message_received'))).toEqual(['before']);
    expect(bob.received('typing_indicator')).toEqual([]);
  });

  it('leaves a participant that may go on writing, and hears of that alone', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    await ask(bob, 'leave_room', { room_id: room }, 'room_left');
    const answer = await send(bob, room, { content: 'from outside' });
    expect(answer).toStrictEqual(inRoom(room, users[1], { content: 'from outside' }));
    expect(await alice.next('message_received')).toStrictEqual(answer);
    await send(alice, room, { content: 'unheard' });
    await bob.settled();
    expect(contentsOf(bob.received('message_received'))).toEqual(['from outside']);
  });

  it('of a room that was not joined is no error; of one that does not exist it is', async () => {
    const { room, users } = await gatherVeza(app, ['alice']);
    const alice = await app.veza(users[0]);
    await ask(alice, 'leave_room', { room_id: room }, 'room_left');
    const error = await ask(alice, 'leave_room', { room_id: 'nowhere' }, 'error');
    expect(error).toStrictEqual(anError(1004, 'room_not_found'));
  });

  it('of a direct conversation keeps its messages coming', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.veza(alice), await app.veza(bob)];
    const room = `private_${bob.id}_${alice.id}`;
    await send(a, room, { content: 'first' });
    await join(b, room);
    await ask(b, 'leave_room', { room_id: room }, 'room_left');
    await send(a, room, { content: 'second' });
    for (const content of ['first', 'second']) {
      const message = await b.next('private_message');
      expect(message).toStrictEqual(toReader(bob, alice, { content }));
    }
  });
});
