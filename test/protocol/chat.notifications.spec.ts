import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, messageIn, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('notification', () => {
  it('tells a participant who is looking elsewhere of a message', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const elsewhere = await app.connect(users[1]);
    const message = messageIn(await clients[0].send(id, 'are you there?'));
    expect(await elsewhere.next('notification')).toStrictEqual({
      type: 'message',
      conversationId: id,
      title: 'alice',
      body: 'are you there?',
      data: { messageId: message.id, seq: 1, senderId: users[0].id },
      createdAt: INSTANT,
    });
  });

  it('is a mention for who is named', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob', 'carol']);
    const [bob, carol] = [await app.connect(users[1]), await app.connect(users[2])];
    await clients[0].send(id, 'over to you, @bob');
    expect(await bob.next('notification')).toMatchObject({ type: 'mention', conversationId: id });
    expect(await carol.next('notification')).toMatchObject({ type: 'message', conversationId: id });
  });

  it('spares the sender and every socket that is joined', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [own, other] = [await app.connect(users[0]), await app.connect(users[1])];
    await clients[0].send(id, 'hello');
    await other.next('notification');
    await Promise.all([own, ...clients].map((client) => client.settled()));
    for (const client of [own, ...clients]) expect(client.received('notification')).toEqual([]);
  });

  it('misses no message, though others are the first to join at that moment', async () => {
    for (const _ of range(1, 15)) {
      const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
      const id = await app.conversation([alice, bob, carol]);
      const writer = await app.connect(alice, { transports: ['websocket'] });
      const elsewhere = await app.connect(bob, { transports: ['websocket'] });
      const joiners = await Promise.all(
        range(1, 5).map(() => app.connect(carol, { transports: ['websocket'] })),
      );
      // A socket is told once its user's conversations are known: a round trip is behind that.
      await elsewhere.settled();
      const sends = range(1, 20).map((n) => writer.send(id, `message ${n}`));
      await Promise.all([...joiners.map((joiner) => joiner.join(id)), ...sends]);
      await writer.send(id, 'the last');
      await elsewhere.next('notification', (event) => event.body === 'the last');
      const seqs = elsewhere
        .received('notification')
        .filter((event) => event.type === 'message')
        .map((event) => (event.data as { seq: number }).seq);
      expect(seqs).toEqual(range(1, 21));
    }
  });

  it('resumes on leave, and ends with membership', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await b.expect('conversation:leave', { conversationId: id });
    await a.send(id, 'one');
    expect(await b.next('notification')).toMatchObject({ body: 'one' });
    await (await app.as(users[0])).delete(`/conversations/${id}/participants/${users[1].id}`);
    await a.send(id, 'two');
    await a.next('message:new', (event) => messageIn(event).seq === 2);
    await b.settled();
    expect(b.received('notification')).toHaveLength(1);
  });

  it('invites whoever is added to a conversation', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const b = await app.connect(bob);
    const id = await app.conversation([alice, bob], { title: 'Les amis' });
    expect(await b.next('notification')).toStrictEqual({
      type: 'invitation',
      conversationId: id,
      title: 'Les amis',
      body: expect.stringContaining('alice'),
      data: { invitedBy: alice.id, conversationType: 'private' },
      createdAt: INSTANT,
    });
    const carol = someone('carol');
    const c = await app.connect(carol);
    await (await app.as(alice)).put(`/conversations/${id}/participants/${carol.id}`);
    expect(await c.next('notification')).toMatchObject({ type: 'invitation', conversationId: id });
    await c.join(id);
  });

  it('announces a direct conversation with its first message', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    await a.send(`private_${alice.id}_${bob.id}`, 'psst');
    expect(await b.next('notification')).toMatchObject({
      type: 'invitation',
      title: 'alice',
      data: { conversationType: 'direct' },
    });
    expect(await b.next('notification')).toMatchObject({ type: 'message', body: 'psst' });
  });
});

describe('participant:joined and participant:left', () => {
  it('tell everyone joined who was added and who was removed', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const dave = someone('dave');
    await app.connect(dave);
    const rest = await app.as(users[0]);
    const path = `/conversations/${id}/participants/${dave.id}`;
    const event = { conversationId: id, userId: dave.id, username: 'dave' };
    await rest.put(path);
    for (const client of clients) {
      expect(await client.next('participant:joined')).toStrictEqual(event);
    }
    await rest.delete(path);
    for (const client of clients) {
      expect(await client.next('participant:left')).toStrictEqual(event);
    }
  });

  it('tell of whoever walks into a public conversation, once', async () => {
    const [alice, walker] = [someone('alice'), someone('walker')];
    const id = await app.conversation([alice], { type: 'public' });
    const a = await app.connect(alice);
    await a.join(id);
    const w = await app.connect(walker);
    expect(await w.join(id)).toMatchObject({ conversation: { participantCount: 2 } });
    expect(await a.next('participant:joined')).toMatchObject({ userId: walker.id });
    await w.join(id);
    await a.settled();
    expect(a.received('participant:joined')).toHaveLength(1);
  });
});

describe('conversation:updated', () => {
  it('brings everyone joined the conversation as it is now', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const rest = await app.as(users[0]);
    const answer = await rest.patch(`/conversations/${id}`, { title: 'Renamed', slug: `r-${id}` });
    expect(answer.status).toBe(200);
    for (const client of clients) {
      expect(await client.next('conversation:updated')).toStrictEqual({
        conversation: {
          id,
          type: 'private',
          slug: `r-${id}`,
          title: 'Renamed',
          participantCount: 2,
          lastSeq: 0,
          slowModeSeconds: 0,
        },
      });
    }
  });
});
