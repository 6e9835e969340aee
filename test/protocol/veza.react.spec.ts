import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { RenderedChat } from '../support/veza-component.js';
import { VezaWorld } from '../support/veza-documents.js';
import { join, say, send, userData } from '../support/veza-shapes.js';

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

let lastRoom = 0;
/** The document's component as `alice` sees it, and `bob` in the same room. */
async function mount(...names: string[]) {
  const users = ['alice', ...names].map((name) => someone(name));
  const [alice, ...others] = users as [TestUser, ...TestUser[]];
  const roomId = `react-${++lastRoom}`;
  await app.conversation(users, { slug: roomId });
  const world = new VezaWorld(() => app.url);
  after.add(() => world.close());
  const chat = new RenderedChat(world, { token: await tokenFor(alice), roomId });
  await world.next('frame:room_joined');
  await chat.shows('an input', () => !chat.input.disabled);
  const clients = [];
  for (const user of others) {
    const client = await app.veza(user);
    await join(client, roomId);
    clients.push(client);
  }
  return { chat, alice, clients, roomId };
}

describe('document 3’s React component', () => {
  it('shows what is said, its own words once', async () => {
    const { chat, clients, roomId } = await mount('bob');
    chat.input.onSend('Bonjour');
    await chat.shows('its own message', () => chat.texts('content').length === 1);
    for (const client of clients) await send(client, roomId, { content: 'Salut' });
    await chat.shows('both messages', () => chat.texts('content').length === 2);
    expect(chat.texts('content')).toEqual(['Bonjour', 'Salut']);
    expect(chat.texts('username')).toEqual(['alice', 'bob']);
    for (const time of chat.texts('timestamp')) expect(time).toMatch(/\d:\d\d/);
  });

  it('shows who is typing, by data.isTyping, and no longer once they stop', async () => {
    const { chat, clients, roomId } = await mount('bob', 'carol');
    const typing = () => chat.texts('typing-indicator').map((text) => text.trim());
    expect(typing()).toEqual([]);
    const steps: [string, readonly string[]][] = [
      ['typing_start', ['bob is typing...', 'bob, carol are typing...']],
      ['typing_stop', ['carol is typing...']],
    ];
    for (const [type, shown] of steps) {
      for (const [index, text] of shown.entries()) {
        const client = clients[index];
        if (client) say(client, type, { room_id: roomId });
        await chat.shows(text, () => typing()[0] === text);
      }
    }
    for (const client of clients) say(client, 'typing_stop', { room_id: roomId });
    await chat.shows('nobody typing', () => typing().length === 0);
  });

  it('tells the others that its user types, and no longer does', async () => {
    const { chat, alice, clients } = await mount('bob');
    for (const isTyping of [true, false]) {
      chat.input.onTyping(isTyping);
      for (const client of clients) {
        expect(await client.next('typing_indicator')).toMatchObject({
          ...userData(alice),
          isTyping,
        });
      }
    }
  });

  it('disconnects when it is unmounted, and the others are told', async () => {
    const { chat, alice, clients } = await mount('bob');
    chat.unmount();
    for (const client of clients) {
      expect(await client.next('user_offline')).toStrictEqual(userData(alice));
    }
  });
});
