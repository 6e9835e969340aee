import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  between,
  fieldsNamed,
  gatherSalon,
  inHistory,
  inRoom,
  messagesOf,
} from '../support/salon-shapes.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

type Fields = Record<string, unknown>;

const MESSAGES: [string, Fields][] = [
  [
    'an image',
    {
      message_type: 'image',
      content: 'look',
      media_url: '/uploads/images/photo123.jpg',
      media_type: 'image/jpeg',
    },
  ],
  [
    'audio',
    {
      message_type: 'audio',
      content: 'listen',
      media_url: '/uploads/audio/voice123.mp3',
      duration: 15.5,
    },
  ],
  [
    'a video',
    {
      message_type: 'video',
      content: 'watch',
      media_url: 'https://example.com/film.mp4',
      media_type: 'video/mp4',
      duration: 0,
    },
  ],
  ['a file without words', { message_type: 'file', content: '', media_url: 'https://e.org/a.pdf' }],
  ['an image by its type alone', { message_type: 'image', content: 'imagine one' }],
];

describe.each(MESSAGES)('%s', (_, fields) => {
  it('arrives in a room, and stands in its history, with every field', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    clients[0].send('room_message', { room, ...fields });
    for (const client of clients) {
      expect(await client.next('room_message')).toStrictEqual(inRoom(room, users[0], fields));
    }
    const history = await clients[1].request('room_history', { room }, 'message_history');
    expect(messagesOf(history)).toStrictEqual([inHistory(users[0], fields)]);
  });

  it('arrives at a user, and stands in the history with them', async () => {
    const { users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [alice, bob] = users;
    clients[0].send('direct_message', { to_user_id: bob.id, ...fields });
    for (const client of clients) {
      expect(await client.next('direct_message')).toStrictEqual(between(alice, bob, fields));
    }
    const range = { with_user: alice.id };
    const history = await clients[1].request('dm_history', range, 'message_history');
    expect(messagesOf(history)).toStrictEqual([inHistory(alice, fields)]);
  });
});

it('a media_url that could run in a client is refused by its name', async () => {
  const { slug: room, clients } = await gatherSalon(app, ['alice']);
  const message = { room, content: 'x', message_type: 'image', media_url: 'javascript:alert(1)' };
  expect(await clients[0].request('room_message', message, 'error')).toMatchObject({
    code: 'INVALID_FORMAT',
    details: { fields: fieldsNamed('media_url') },
  });
});

it('several attachments, from another protocol: the first as media_url, all as attachments', async () => {
  const { id, slug: room, users, clients } = await gatherSalon(app, ['alice']);
  const attachments = ['https://e.org/1.pdf', 'https://e.org/2.pdf'];
  await (await app.connect(users[0])).send(id, 'two of them', { attachments });
  const message = await clients[0].next('room_message');
  expect(message).toStrictEqual(
    inRoom(room, users[0], { content: 'two of them', media_url: attachments[0], attachments }),
  );
});
