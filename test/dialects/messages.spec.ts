import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { ChatSpeaker } from '../support/chat-speaker.js';
import type { Speaker } from '../support/speaker.js';
import {
  DIALECTS,
  everywhere,
  LIVE,
  named,
  PAIRS,
  speaking,
  type Dialect,
} from '../support/speakers.js';
import { someone, tokenFor } from '../support/tokens.js';
import { gathered, type Company } from './support/company.js';
import { expectHeard } from './support/heard.js';

const SLUG = 'a-room-of-all-dialects';

const [alice, bob, stranger] = [someone('alice'), someone('bob'), someone('stranger')];
let app: TestApp;
let company: Company;
/** Of the same two, where everybody calls the place by its slug. */
let byName: Company;
let id: number;
let namedId: number;

beforeAll(async () => {
  app = await startApp();
  id = await app.conversation([alice, bob]);
  namedId = await app.conversation([alice, bob], { slug: SLUG });
  company = await gathered(app, [alice, bob], id);
  byName = await gathered(app, [alice, bob], SLUG);
});
afterAll(() => app.stop());

type Readers = Pick<Company, 'alices' | 'bobs'>;

/** The one who says something in that dialect, and the one who hears of it. */
const pairIn = ({ alices, bobs }: Readers, from: Dialect, to: Dialect) => ({
  a: speaking(from.name, alices),
  b: speaking(to.name, bobs),
});

describe.each(PAIRS)('a message from %s to %s', (...[, , from, to]) => {
  it('arrives in the reader’s own words, once, and at the sender’s other sockets', async () => {
    const { a, b } = pairIn(company, from, to);
    await expectHeard(a, [a, b, ...company.others], id, id, 'Hello, “world” 👋\n<b>&</b>');
  });

  it('arrives where the conversation is called by its slug', async () => {
    const { a, b } = pairIn(byName, from, to);
    await expectHeard(a, [a, b], SLUG, namedId, 'by name');
    await expectHeard(a, [a, b], namedId, namedId, 'by number');
    await expectHeard(a, [a, b], String(namedId), namedId, 'by number as text');
  });

  it('is answered by a reply to it', async () => {
    const { a, b } = pairIn(company, from, to);
    const { id: replyTo } = await expectHeard(a, [a, b], id, id, 'a question');
    await expectHeard(b, [a, b], id, id, { text: 'an answer', replyTo });
    await expectHeard(a, [a, b], id, id, { text: 'thanks', replyTo });
  });
});

describe('a message to one user', () => {
  let directId: number;
  let direct: Readers;
  let strangers: readonly Speaker[];

  beforeAll(async () => {
    const body = { type: 'direct', participantIds: [bob.id] };
    const opened = await (await app.as(alice)).post('/conversations', body);
    ({ id: directId } = opened.body as { id: number });
    const alices = await everywhere(app, alice, { with: bob });
    direct = { alices, bobs: await everywhere(app, bob, { with: alice }) };
    strangers = await everywhere(app, stranger, await app.conversation([stranger]));
  });

  it.each(PAIRS)(
    'from %s to %s goes to the one it is meant for, either way round',
    async (...[, , from, to]) => {
      const { a, b } = pairIn(direct, from, to);
      await expectHeard(a, [a, b], { with: bob }, directId, 'just for you');
      await expectHeard(b, [a, b], { with: alice }, directId, 'and back');
      const other = speaking(to.name, strangers);
      await other.settled();
      expect(other.messages).toEqual([]);
    },
  );
});

const withAttachments = PAIRS.filter(([, , from]) => from.says.has('attachment'));

describe.each(withAttachments)('a file from %s to %s', (...[, , from, to]) => {
  it.each(['image', 'audio', 'video', 'file', 'text'])(
    'sent as %s is shown as such',
    async (type) => {
      const { a, b } = pairIn(company, from, to);
      for (const url of ['https://example.com/photo.jpg', '/uploads/images/photo123.jpg']) {
        await expectHeard(a, [a, b], id, id, { text: 'Look!', type, url });
      }
      await expectHeard(a, [a, b], id, id, { text: '', type, url: 'https://example.com/a' });
    },
  );
});

it('a message sent over REST reaches the readers of all dialects', async () => {
  const words = { text: 'over REST', clientId: 'by-rest' };
  const body = { content: words.text, clientMessageId: words.clientId };
  const sent = await (await app.as(alice)).post(`/conversations/${id}/messages`, body);
  const { message } = sent.body as { message: { id: number } };
  const said = { ...words, id: message.id, sender: alice, to: null, isDuplicate: false };
  for (const reader of company.bobs) {
    expect((await reader.hearsMessage(message.id)).wire).toStrictEqual(reader.wording(said, id));
  }
});

it('both namespaces share one connection, each speaking its own', async () => {
  const id = await app.conversation([alice, bob]);
  const client = await app.connect(bob);
  const chat = new ChatSpeaker(bob, client);
  await chat.join(id);
  const other = client.socket.io.socket('/', { auth: { token: await tokenFor(bob) } });
  try {
    const heard: unknown[] = [];
    other.on('message', ({ message }: { message: string }) => heard.push(message));
    await new Promise<void>((resolve) => other.once('connect', resolve));
    const writer = await app.salon(alice);
    const texts = ['text 1', 'text 2', 'text 3'];
    for (const content of texts) writer.send('room_message', { room: id, content });
    await chat.hears('message', ({ text }) => text === 'text 3');
    await chat.settled();
    expect(chat.messages.map(({ text }) => text)).toEqual(texts);
    expect(heard).toEqual(texts);
    // One leaves, the other stays.
    other.disconnect();
    writer.send('room_message', { room: id, content: 'text 4' });
    await chat.hears('message', ({ text }) => text === 'text 4');
    expect(heard).toEqual(texts);
  } finally {
    other.disconnect();
  }
});

describe('what only one dialect knows', () => {
  it.each(named(DIALECTS))(
    'root’s context comes back to it, and does not disturb %s',
    async (_, other) => {
      const { alices, bobs } = company;
      const readers = [speaking('root', bobs), speaking(other.name, bobs)];
      const context = { mood: 'glad', deep: { list: [1, 'zwei', null, { ok: true }] }, clé: '☕' };
      const root = speaking('root', alices);
      await expectHeard(root, [root, ...readers], id, id, { text: 'with context', context });
    },
  );

  it.each(named(DIALECTS))(
    'salon’s media comes back to it, and does not disturb %s',
    async (_, other) => {
      const { alices, bobs } = company;
      const readers = [speaking('salon', bobs), speaking(other.name, bobs)];
      const media = { media_type: 'audio/mpeg', duration: 15.5 };
      const url = '/uploads/audio/voice123.mp3';
      const words = { text: 'voice', type: 'audio', url, media };
      const salon = speaking('salon', alices);
      await expectHeard(salon, [salon, ...readers], id, id, words);
    },
  );

  it('several attachments of chat: veza and live get the list, salon the first as media_url besides', async () => {
    const id = await app.conversation([alice]);
    const chat = await app.connect(alice);
    const [root, veza] = [await app.root(alice), await app.veza(alice)];
    const salon = await app.salon(alice);
    const live = await app.live(alice, `room/${id}`);
    await veza.request('join_room', { room_id: id }, 'room_joined');
    await salon.join(id);
    const attachments = [1, 2, 3].map((n) => `https://example.com/${n}.pdf`);
    await chat.send(id, 'three', { attachments, type: 'file' });
    expect(await root.next('message')).toMatchObject({ message: 'three', attachments });
    expect(await veza.next('message_received')).toMatchObject({
      ...{ content: 'three', message_type: 'file', attachments },
    });
    expect(await salon.next('room_message')).toMatchObject({
      ...{ content: 'three', message_type: 'file', attachments },
      media_url: attachments[0],
    });
    expect(await live.next('chat_message')).toMatchObject({
      ...{ message: 'three', message_type: 'file', attachments },
    });
  });

  it('a mention, wherever it was written, is chat’s and veza’s', async () => {
    const ben = someone(`ben${Date.now()}`);
    const id = await app.conversation([alice, ben]);
    const reader = await app.connect(ben);
    const veza = await app.veza(ben);
    await veza.request('join_room', { room_id: id }, 'room_joined');
    for (const dialect of DIALECTS) {
      const speaker = await dialect.connect(app, alice);
      await speaker.join(id);
      const said = await speaker.say(id, `Hello @${ben.name}`);
      const isIt = ({ data }: Record<string, unknown>) =>
        (data as { messageId?: number }).messageId === said.id;
      expect(await reader.next('notification', isIt)).toMatchObject({ type: 'mention' });
      const { message_id, mentions } = await veza.next('message_received');
      expect([message_id, mentions]).toEqual([`msg_${said.id}`, [String(ben.id)]]);
    }
  });
});

const opening = DIALECTS.filter(({ says }) => says.has('first direct message'));

describe.each(named(opening))('the first direct message of all, sent in %s', (_, from) => {
  it('reaches who need not join for it, and is there for who does', async () => {
    const [ann, ben] = [someone('ann'), someone('ben')];
    const readers: Speaker[] = [];
    for (const dialect of opening) readers.push(await dialect.connect(app, ben));
    const [chat, ...others] = readers;
    const a = await from.connect(app, ann);
    const said = await a.say({ with: ben }, 'Do we know each other?');
    const first = await Promise.all(others.map((reader) => reader.hears('message')));
    // What chat’s sockets have not joined they hear of as a notification.
    const joined = await chat?.join({ with: ann }, 0);
    const { id } = joined?.conversation as { id: number };
    expect(joined?.missed).toMatchObject([{ id: said.id, content: 'Do we know each other?' }]);
    for (const [n, heard] of first.entries()) {
      expect(heard.wire).toStrictEqual(others[n]?.wording(said, id));
    }
    await chat?.settled();
    const notes = chat?.heard('other').map(({ wire }) => wire.type);
    // The one is kept, the other passes: on another node they may come either way round.
    expect(notes?.toSorted()).toEqual(['invitation', 'message']);
    // Nobody is let in to what does not exist yet: only from now on live can be there.
    const live = await LIVE.connect(app, ben);
    await live.join({ with: ann });
    await expectHeard(a, [...readers, live], { with: ben }, id, 'Now we do');
  });
});
