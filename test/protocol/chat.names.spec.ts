import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn, messagesIn, outcomeOf, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('a conversation may be called', () => {
  it('by id, as a number or as text, by room_<id>, and by its slug in any case', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice], { slug: 'Les-Amis' });
    const a = await app.connect(alice);
    for (const name of [id, String(id), `room_${id}`, 'les-amis', 'LES-AMIS']) {
      expect(await a.join(name)).toMatchObject({ conversation: { id, slug: 'les-amis' } });
      const message = messageIn(await a.send(name, `to ${name}`));
      expect(message.conversationId).toBe(id);
      await a.expect('conversation:users:online', { conversationId: name });
      await a.expect('conversation:history', { conversationId: name });
      await a.expect('message:typing', { conversationId: name, isTyping: true });
      await a.expect('conversation:leave', { conversationId: name });
    }
  });

  it('by its new slug at once after it was renamed, and no longer by the old one', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice], { slug: 'before' });
    const a = await app.connect(alice);
    await a.join('before');
    await (await app.as(alice)).patch(`/conversations/${id}`, { slug: 'after' });
    expect(await a.join('after')).toMatchObject({ conversation: { id } });
    const ack = await a.request('conversation:join', { conversationId: 'before' });
    expect(outcomeOf(ack)).toBe('CONVERSATION_NOT_FOUND');
  });

  it('by nothing else', async () => {
    const a = await app.connect(someone('alice'));
    for (const conversationId of ['room_', 'room_x', 'conversation:1', '0', '1e0', '#1', 'ghost']) {
      const ack = await a.request('conversation:join', { conversationId });
      expect([conversationId, outcomeOf(ack)]).toEqual([conversationId, 'CONVERSATION_NOT_FOUND']);
    }
  });
});

describe('private_<a>_<b>', () => {
  it('is one conversation both ways round, for both, and comes to be by its first message', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    const [one, other] = [`private_${alice.id}_${bob.id}`, `private_${bob.id}_${alice.id}`];
    const early = await a.request('conversation:join', { conversationId: one });
    expect(outcomeOf(early)).toBe('CONVERSATION_NOT_FOUND');
    const { conversationId } = messageIn(await a.send(one, 'hello'));
    for (const client of [a, b]) {
      for (const name of [one, other, conversationId]) {
        expect(await client.join(name)).toMatchObject({
          conversation: { id: conversationId, type: 'direct', participantCount: 2, lastSeq: 1 },
        });
      }
    }
    await b.send(other, 'hello yourself');
    expect(await a.next('message:new')).toMatchObject({ message: { content: 'hello yourself' } });
  });

  it('is one even when both write first at the same moment', async () => {
    for (const _ of range(1, 5)) {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const [a, b] = [await app.connect(alice), await app.connect(bob)];
      const acks = await Promise.all([
        a.send(`private_${alice.id}_${bob.id}`, 'from alice'),
        b.send(`private_${bob.id}_${alice.id}`, 'from bob'),
        a.send(`private_${bob.id}_${alice.id}`, 'again'),
      ]);
      const ids = new Set(acks.map((ack) => messageIn(ack).conversationId));
      expect(ids.size).toBe(1);
      const seqs = acks.map((ack) => messageIn(ack).seq).sort((x, y) => x - y);
      expect(seqs).toEqual([1, 2, 3]);
    }
  });

  it('is nobody else’s', async () => {
    const [alice, bob, eve] = [someone('alice'), someone('bob'), someone('eve')];
    const a = await app.connect(alice);
    await app.connect(bob);
    const name = `private_${alice.id}_${bob.id}`;
    await a.send(name, 'between us');
    for (const outsider of [eve, someone('root', ['admin'])]) {
      const client = await app.connect(outsider);
      for (const event of ['conversation:join', 'conversation:history']) {
        const ack = await client.request(event, { conversationId: name });
        expect(outcomeOf(ack)).toBe('CONVERSATION_NOT_FOUND');
      }
      const send = await client.request('message:send', { conversationId: name, content: 'hi' });
      expect(outcomeOf(send)).toBe('CONVERSATION_NOT_FOUND');
    }
    const history = await a.expect('conversation:history', { conversationId: name });
    expect(messagesIn(history, 'messages')).toHaveLength(1);
  });

  it('needs two users the service knows', async () => {
    const alice = someone('alice');
    const a = await app.connect(alice);
    const unknown = await a.request('message:send', {
      conversationId: `private_${alice.id}_999999`,
      content: 'anybody there?',
    });
    expect(outcomeOf(unknown)).toBe('USER_NOT_FOUND');
    const oneself = await a.request('message:send', {
      conversationId: `private_${alice.id}_${alice.id}`,
      content: 'dear diary',
    });
    expect(oneself.success).toBe(false);
  });

  it('finds users whose ids hold underscores', async () => {
    const [alice, bob] = [
      { id: 'team_a_alice', name: 'alice' },
      { id: 'team_b_bob', name: 'bob' },
    ];
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    const sent = messageIn(await a.send(`private_${alice.id}_${bob.id}`, 'hello'));
    expect(await b.join(`private_${alice.id}_${bob.id}`)).toMatchObject({
      conversation: { id: sent.conversationId },
    });
  });
});
