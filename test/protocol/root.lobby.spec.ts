import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { outcomeOf } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

type Json = Record<string, unknown>;

const saying = (message: string) => (event: Json) => event.message === message;

describe('the lobby', () => {
  let app: TestApp;
  beforeEach(async () => void (app = await startApp()));
  afterEach(() => app.stop());

  const lobbyId = async () =>
    Number((await app.database.query(`SELECT id FROM conversations WHERE slug = 'lobby'`))[0]?.id);

  it('is made once, however many come first at the same time', async () => {
    const clients = await Promise.all(
      ['alice', 'bob', 'carol', 'dave'].map((name) => app.root(someone(name))),
    );
    await clients[0]?.expect('message', { message: 'all of us' });
    for (const client of clients) await client.next('message', saying('all of us'));
  });

  it('that is full keeps nobody from connecting, nor from what they take part in', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const a = await app.root(alice);
    await app.database.query(`UPDATE conversations SET max_participants = 1`);
    const id = await app.conversation([alice, bob]);
    const b = await app.root(bob);
    await a.expect('message', { message: 'for all' });
    await a.expect('message', { message: 'for two', context: { roomId: id } });
    await b.next('message', saying('for two'));
    await b.settled();
    expect(b.received('message')).toHaveLength(1);
    expect(outcomeOf(await b.request('message', { message: 'me too' }))).toBe('CONVERSATION_FULL');
  });

  it('can be left until the next connection', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.root(alice), await app.root(bob)];
    await (await app.as(bob)).delete(`/conversations/${await lobbyId()}/participants/${bob.id}`);
    await a.expect('message', { message: 'without bob' });
    await b.settled();
    const back = await app.root(bob);
    await a.expect('message', { message: 'with bob' });
    for (const client of [b, back]) {
      await client.next('message', saying('with bob'));
      expect(client.received('message')).toHaveLength(1);
    }
  });

  it('that was deleted is made anew by who speaks in it', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.root(alice), await app.root(bob)];
    const before = await lobbyId();
    const admin = await app.as(someone('admin', ['admin']));
    expect((await admin.delete(`/conversations/${before}`)).status).toBe(204);
    for (const [n, client] of [a, b].entries()) {
      await client.expect('message', { message: `m${n}` });
      await client.next('message', saying(`m${n}`));
    }
    await a.next('message', saying('m1'));
    expect(await lobbyId()).not.toBe(before);
  });

  it('belongs to nobody: no user may make, take or rename one', async () => {
    const alice = await app.as(someone('alice'));
    const own = { type: 'public', slug: 'lobby', maxParticipants: 1 };
    expect((await alice.post('/conversations', own)).status).toBe(400);
    const { body } = await alice.post('/conversations', { type: 'public', slug: 'mine' });
    const { id } = body as { id: number };
    expect((await alice.patch(`/conversations/${id}`, { slug: 'Lobby' })).status).toBe(400);
  });

  it('is there for every protocol, whoever asks for it first', async () => {
    const chat = await app.connect(someone('alice'));
    await chat.join('lobby');
    const root = await app.root(someone('bob'));
    await root.expect('message', { message: 'found' });
    await chat.next('message:new', ({ message }) => (message as Json).content === 'found');
  });
});
