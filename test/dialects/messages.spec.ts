import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ChatSpeaker } from '../support/chat-speaker.js';
import type { Place, Speaker, Words } from '../support/speaker.js';
import { DIALECTS, PAIRS, type Dialect } from '../support/speakers.js';
import { someone, tokenFor } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** A conversation of two users, each connected in a dialect and reading along. */
async function meeting(from: Dialect, to: Dialect, slug?: string) {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob], slug === undefined ? {} : { slug });
  const [a, b] = [await from.connect(app, alice), await to.connect(app, bob)];
  for (const speaker of [a, b]) await speaker.join(slug ?? id);
  return { id, alice, bob, a, b };
}

/** Says it, and expects every listener to hear it in its own words, once. */
async function expectHeard(
  speaker: Speaker,
  listeners: readonly Speaker[],
  place: Place,
  conversationId: number,
  words: Words | string,
) {
  const said = await speaker.say(place, words);
  for (const listener of listeners) {
    const heard = await listener.hearsMessage(said.id);
    expect(heard.wire).toStrictEqual(listener.wording(said, conversationId));
    await listener.settled();
    expect(listener.messages.filter(({ id }) => id === said.id)).toHaveLength(1);
  }
  return said;
}

describe.each(PAIRS)('a message from %s to %s', (...[fromName, toName, from, to]) => {
  it('arrives in the reader’s own words, once, and at the sender’s other sockets', async () => {
    const { id, alice, a, b } = await meeting(from, to);
    const own: Speaker[] = [];
    for (const dialect of DIALECTS) own.push(await dialect.connect(app, alice));
    for (const speaker of own) await speaker.join(id);
    await expectHeard(a, [a, b, ...own], id, id, 'Hello, “world” 👋\n<b>&</b>');
  });

  it('arrives where the conversation is called by its slug', async () => {
    const slug = `from-${fromName}-to-${toName}`;
    const { id, a, b } = await meeting(from, to, slug);
    await expectHeard(a, [a, b], slug, id, 'by name');
    await expectHeard(a, [a, b], id, id, 'by number');
    await expectHeard(a, [a, b], String(id), id, 'by number as text');
  });

  it('is answered by a reply to it', async () => {
    const { id, a, b } = await meeting(from, to);
    const { id: replyTo } = await expectHeard(a, [a, b], id, id, 'a question');
    await expectHeard(b, [a, b], id, id, { text: 'an answer', replyTo });
    await expectHeard(a, [a, b], id, id, { text: 'thanks', replyTo });
  });

  it('goes to the one it is meant for, either way round', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const created = await (await app.as(bob)).get('/users/me');
    expect(created.status).toBe(200);
    const body = { type: 'direct', participantIds: [bob.id] };
    const opened = await (await app.as(alice)).post('/conversations', body);
    const { id } = opened.body as { id: number };
    const [a, b] = [await from.connect(app, alice), await to.connect(app, bob)];
    const stranger = await to.connect(app, someone('stranger'));
    await a.join({ with: bob });
    await b.join({ with: alice });
    await expectHeard(a, [a, b], { with: bob }, id, 'just for you');
    await expectHeard(b, [a, b], { with: alice }, id, 'and back');
    await stranger.settled();
    expect(stranger.log.filter(({ kind }) => kind === 'message')).toEqual([]);
  });
});

const withAttachments = PAIRS.filter(([, , from]) => from.says.has('attachment'));

describe.each(withAttachments)('a file from %s to %s', (...[, , from, to]) => {
  it.each(['image', 'audio', 'video', 'file', 'text'])(
    'sent as %s is shown as such',
    async (type) => {
      const { id, a, b } = await meeting(from, to);
      for (const url of ['https://example.com/photo.jpg', '/uploads/images/photo123.jpg']) {
        await expectHeard(a, [a, b], id, id, { text: 'Look!', type, url });
      }
      await expectHeard(a, [a, b], id, id, { text: '', type, url: 'https://example.com/a' });
    },
  );
});

it('a message sent over REST reaches the readers of all dialects', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const readers: Speaker[] = [];
  for (const dialect of DIALECTS) readers.push(await dialect.connect(app, bob));
  for (const reader of readers) await reader.join(id);
  const words = { text: 'over REST', clientId: 'by-rest' };
  const body = { content: words.text, clientMessageId: words.clientId };
  const sent = await (await app.as(alice)).post(`/conversations/${id}/messages`, body);
  const { message } = sent.body as { message: { id: number } };
  const said = { ...words, id: message.id, sender: alice, to: null, isDuplicate: false };
  for (const reader of readers) {
    expect((await reader.hearsMessage(message.id)).wire).toStrictEqual(reader.wording(said, id));
  }
});

it('both namespaces share one connection, each speaking its own', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
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
  const ROOT = DIALECTS.filter(({ name }) => name === 'root');
  const SALON = DIALECTS.filter(({ name }) => name === 'salon');
  const only = (dialects: readonly Dialect[]) =>
    dialects.flatMap((own) => DIALECTS.map((other) => [other.name, own, other] as const));

  it.each(only(ROOT))(
    'root’s context comes back to it, and does not disturb %s',
    async (...pair) => {
      const [, root, other] = pair;
      const { id, bob, a, b } = await meeting(root, other);
      const second = await root.connect(app, bob);
      const context = { mood: 'glad', deep: { list: [1, 'zwei', null, { ok: true }] }, clé: '☕' };
      await expectHeard(a, [a, b, second], id, id, { text: 'with context', context });
    },
  );

  it.each(only(SALON))(
    'salon’s media comes back to it, and does not disturb %s',
    async (...pair) => {
      const [, salon, other] = pair;
      const { id, bob, a, b } = await meeting(salon, other);
      const second = await salon.connect(app, bob);
      await second.join(id);
      const media = { media_type: 'audio/mpeg', duration: 15.5 };
      const url = '/uploads/audio/voice123.mp3';
      await expectHeard(a, [a, b, second], id, id, { text: 'voice', type: 'audio', url, media });
    },
  );

  it('several attachments of chat: veza gets the list, salon the first as media_url besides', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const chat = await app.connect(alice);
    const [root, veza] = [await app.root(alice), await app.veza(alice)];
    const salon = await app.salon(alice);
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
  });

  it('a mention, wherever it was written, is chat’s and veza’s', async () => {
    const [alice, bob] = [someone('alice'), someone(`bob${Date.now()}`)];
    const id = await app.conversation([alice, bob]);
    const reader = await app.connect(bob);
    const veza = await app.veza(bob);
    await veza.request('join_room', { room_id: id }, 'room_joined');
    for (const dialect of DIALECTS) {
      const speaker = await dialect.connect(app, alice);
      await speaker.join(id);
      const said = await speaker.say(id, `Hello @${bob.name}`);
      const isIt = ({ data }: Record<string, unknown>) =>
        (data as { messageId?: number }).messageId === said.id;
      expect(await reader.next('notification', isIt)).toMatchObject({ type: 'mention' });
      const { message_id, mentions } = await veza.next('message_received');
      expect([message_id, mentions]).toEqual([`msg_${said.id}`, [String(bob.id)]]);
    }
  });
});

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
  'the first direct message of all, sent in %s',
  (_, from) => {
    it('reaches who need not join for it, and is there for who does', async () => {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const readers: Speaker[] = [];
      for (const dialect of DIALECTS) readers.push(await dialect.connect(app, bob));
      const [chat, ...others] = readers;
      const a = await from.connect(app, alice);
      const said = await a.say({ with: bob }, 'Do we know each other?');
      const first = await Promise.all(others.map((reader) => reader.hears('message')));
      // What chat’s sockets have not joined they hear of as a notification.
      const joined = await chat?.join({ with: alice }, 0);
      const { id } = joined?.conversation as { id: number };
      expect(joined?.missed).toMatchObject([{ id: said.id, content: 'Do we know each other?' }]);
      for (const [n, heard] of first.entries()) {
        expect(heard.wire).toStrictEqual(others[n]?.wording(said, id));
      }
      await chat?.settled();
      const notes = chat?.heard('other').map(({ wire }) => wire.type);
      expect(notes).toEqual(['invitation', 'message']);
    });
  },
);
