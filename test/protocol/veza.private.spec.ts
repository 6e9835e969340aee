import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  aFrame,
  anAnswer,
  anError,
  answerTo,
  ask,
  bareId,
  contentsOf,
  frameOf,
  inRoom,
  invalid,
  join,
  MESSAGE_ID,
  say,
  told,
  toReader,
  type Json,
} from '../support/veza-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Two who are known to the service, and to nobody else. */
async function pair() {
  const [alice, bob] = [someone('alice'), someone('bob')];
  return { alice, bob, a: await app.veza(alice), b: await app.veza(bob) };
}

/** All the ways in which `from` may say whom a message is for. */
const addresses = (from: TestUser, to: TestUser): [string, Json][] => [
  ['private_<me>_<other>', { room_id: `private_${from.id}_${to.id}` }],
  ['private_<other>_<me>', { room_id: `private_${to.id}_${from.id}` }],
  ['the recipient alone', { recipient_id: to.id }],
  ['the recipient as text', { recipient_id: String(to.id) }],
  ['both', { room_id: `private_${from.id}_${to.id}`, recipient_id: String(to.id) }],
  ['both, the other way round', { room_id: `private_${to.id}_${from.id}`, recipient_id: to.id }],
];

describe('a private message', () => {
  it('reaches all sockets of both, each as it sees it, and makes one conversation', async () => {
    const { alice, bob, a, b } = await pair();
    const more = [await app.veza(alice), await app.veza(bob)] as const;
    const name = `private_${alice.id}_${bob.id}`;
    for (const [content, address] of addresses(alice, bob)) {
      const request = say(a, 'message', { ...address, content, is_private: true });
      const data = inRoom(name, alice, { content });
      const answer = await answerTo(a, request, 'message_received');
      expect(answer).toStrictEqual(anAnswer(request, 'message_received', data, MESSAGE_ID));
      const own = await frameOf(more[0], 'message_received');
      expect(own).toStrictEqual(aFrame('message_received', data, answer.id));
      for (const client of [b, more[1]]) {
        const frame = await frameOf(client, 'private_message');
        const heard = toReader(bob, alice, { content });
        expect(frame).toStrictEqual(aFrame('private_message', heard, answer.id));
      }
    }
    const { body } = await (await app.as(alice)).get('/conversations');
    expect((body as { items: unknown[] }).items).toHaveLength(1);
    for (const client of [b, more[1]]) expect(client.received('message_received')).toEqual([]);
  });

  it('may name the conversation by its id, once there is one', async () => {
    const { alice, bob, a, b } = await pair();
    await ask(a, 'message', { recipient_id: bob.id, content: 'first' }, 'message_received');
    const { body } = await (await app.as(alice)).get('/conversations');
    const [{ id }] = (body as { items: [{ id: number }] }).items;
    for (const address of [{ room_id: id }, { room_id: `room_${id}`, recipient_id: bob.id }]) {
      const data = { ...address, content: 'by id', is_private: true };
      await ask(a, 'message', data, 'message_received');
      expect(await b.next('private_message', ({ content }) => content === 'by id')).toStrictEqual(
        toReader(bob, alice, { content: 'by id' }),
      );
    }
  });

  it('is called as the reader joined the conversation', async () => {
    const { alice, bob, a, b } = await pair();
    const name = `private_${alice.id}_${bob.id}`;
    await ask(a, 'message', { room_id: name, content: 'first' }, 'message_received');
    await join(b, name);
    await ask(a, 'message', { room_id: name, content: 'second' }, 'message_received');
    const second = await b.next('private_message', ({ content }) => content === 'second');
    expect(second).toStrictEqual({
      ...toReader(bob, alice, { content: 'second' }),
      room_id: name,
    });
  });

  it('reaches `salon` and `chat`, and theirs reach here', async () => {
    const { alice, bob, a, b } = await pair();
    const [salon, chat] = [await app.salon(bob), await app.connect(bob)];
    const content = 'from veza';
    const sent = await ask(a, 'message', { recipient_id: bob.id, content }, 'message_received');
    expect(await salon.next('direct_message')).toMatchObject({
      id: bareId(sent),
      from_user_id: alice.id,
      to_user_id: bob.id,
      content,
    });
    const joined = await chat.join(`private_${alice.id}_${bob.id}`);
    expect(joined).toMatchObject({ conversation: { type: 'direct', lastSeq: 1 } });

    salon.send('direct_message', { to_user_id: alice.id, content: 'from salon' });
    const heard = await a.next('private_message');
    expect(heard).toStrictEqual(toReader(alice, bob, { content: 'from salon' }));
    // One's own, from another protocol.
    const own = await b.next('message_received');
    expect(own).toStrictEqual(
      inRoom(`private_${bob.id}_${alice.id}`, bob, { content: 'from salon' }),
    );
  });

  it('reaches nobody else', async () => {
    const { alice, bob, a } = await pair();
    const carol = await app.veza(someone('carol'));
    await ask(a, 'message', { recipient_id: bob.id, content: 'secret' }, 'message_received');
    for (const type of ['join_room', 'message', 'typing_start', 'file_upload']) {
      const data = { room_id: `private_${alice.id}_${bob.id}`, content: 'eA==', file_name: 'x' };
      const error = await ask(carol, type, data, 'error');
      expect(error).toStrictEqual(anError(1004, 'room_not_found'));
    }
    expect(JSON.stringify(carol.frames)).not.toContain('secret');
  });

  it('repeats are answered to the socket that repeats, by either name', async () => {
    const { alice, bob, a, b } = await pair();
    const ids = new Set<unknown>();
    for (const [, address] of addresses(alice, bob)) {
      const request = say(a, 'message', { ...address, content: 'once' }, 'same');
      ids.add((await frameOf(a, 'message_received')).data.message_id);
      expect(told(a).at(-1)?.metadata).toStrictEqual({ request_id: request });
    }
    expect(ids.size).toBe(1);
    await b.settled();
    expect(contentsOf(b.received('private_message'))).toEqual(['once']);
  });
});

describe('a private message is refused', () => {
  it('where recipient_id and room_id disagree', async () => {
    const { alice, bob, a } = await pair();
    const carol = someone('carol');
    await app.veza(carol);
    const id = await app.conversation([alice]);
    for (const room_id of [
      `private_${alice.id}_${carol.id}`,
      `private_${bob.id}_${carol.id}`,
      id,
    ]) {
      const data = { room_id, recipient_id: bob.id, content: 'x' };
      expect(await ask(a, 'message', data, 'error')).toStrictEqual(invalid('recipient_id'));
    }
  });

  it('to oneself', async () => {
    const { alice, a } = await pair();
    for (const recipient_id of [alice.id, String(alice.id)]) {
      const error = await ask(a, 'message', { recipient_id, content: 'x' }, 'error');
      expect(error).toStrictEqual(invalid('recipient_id'));
    }
    const room_id = `private_${alice.id}_${alice.id}`;
    const error = await ask(a, 'message', { room_id, content: 'x' }, 'error');
    expect(error).toStrictEqual(anError(1004, 'room_not_found'));
  });

  it('to somebody who was never here', async () => {
    const { alice, a } = await pair();
    for (const address of [{ recipient_id: 'nobody' }, { room_id: `private_${alice.id}_nobody` }]) {
      const error = await ask(a, 'message', { ...address, content: 'x' }, 'error');
      expect(error).toStrictEqual(anError(1007, 'invalid_message_format'));
    }
  });

  it('to a room of more than two', async () => {
    const { alice, a } = await pair();
    const room_id = await app.conversation([alice]);
    const data = { room_id, content: 'x', is_private: true };
    expect(await ask(a, 'message', data, 'error')).toStrictEqual(invalid('is_private'));
  });

  it('to nobody at all', async () => {
    const { a } = await pair();
    const error = await ask(a, 'message', { content: 'x', is_private: true }, 'error');
    expect(error).toStrictEqual(invalid('room_id'));
  });
});
