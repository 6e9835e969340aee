import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { aFailure, INSTANT, messageIn, outcomeOf } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

async function pair() {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const [a, b] = [await app.connect(alice), await app.connect(bob)];
  const name = `private_${alice.id}_${bob.id}`;
  return { alice, bob, a, b, name };
}

const blockedBy = async (client: ChatClient) => (await client.expect('user:blocks')).blocked;

describe('user:block, user:unblock and user:blocks', () => {
  it('change the user’s list, and show it', async () => {
    const { bob, a, b } = await pair();
    expect(await a.expect('user:block', { userId: bob.id })).toStrictEqual({ success: true });
    expect(await a.expect('user:block', { userId: String(bob.id) })).toEqual({ success: true });
    expect(await a.expect('user:blocks')).toStrictEqual({
      success: true,
      blocked: [{ userId: bob.id, username: 'bob', createdAt: INSTANT }],
    });
    expect(await blockedBy(b)).toEqual([]);
    for (const userId of [bob.id, bob.id, 'nobody']) {
      expect(await a.expect('user:unblock', { userId })).toStrictEqual({ success: true });
    }
    expect(await blockedBy(a)).toEqual([]);
  });

  it('are the list that REST shows', async () => {
    const { bob, a, alice } = await pair();
    await a.expect('user:block', { userId: bob.id });
    const { body } = await (await app.as(alice)).get('/users/me/blocks');
    expect(body).toMatchObject({ items: [{ userId: bob.id }] });
  });

  it('refuse oneself, nobody, and what is no user’s id', async () => {
    const { alice, a } = await pair();
    const refusal = async (userId: unknown) => outcomeOf(await a.request('user:block', { userId }));
    expect(await refusal(alice.id)).toBe('VALIDATION_FAILED');
    expect(await refusal('nobody')).toBe('USER_NOT_FOUND');
    for (const odd of [undefined, null, '', {}, [1], true, -1, 1.5, 'x'.repeat(129), 'a\0b']) {
      expect([odd, await refusal(odd)]).toEqual([odd, 'VALIDATION_FAILED']);
    }
    const unblock = await a.request('user:unblock', {});
    expect(unblock).toStrictEqual(aFailure('VALIDATION_FAILED', { details: expect.any(Array) }));
    expect(await blockedBy(a)).toEqual([]);
  });

  it('tell nothing to who is blocked', async () => {
    const { bob, a, b } = await pair();
    await b.settled();
    const before = b.log.length;
    await a.expect('user:block', { userId: bob.id });
    await a.expect('user:unblock', { userId: bob.id });
    await b.settled();
    expect(b.log.slice(before)).toEqual([]);
  });
});

describe('in a direct conversation, once one of the two has blocked the other', () => {
  /** Both have joined; each has said something. */
  async function blocked(by: 'alice' | 'bob') {
    const scene = await pair();
    const { alice, bob, a, b, name } = scene;
    const said = messageIn(await a.send(name, 'from alice'));
    const own = messageIn(await b.send(name, 'from bob'));
    for (const client of [a, b]) await client.join(name);
    const [blocker, other] = by === 'alice' ? [a, bob] : [b, alice];
    await blocker.expect('user:block', { userId: other.id });
    return { ...scene, said, own };
  }

  it.each(['alice', 'bob'] as const)('%s, nothing is said, changed or shown', async (by) => {
    const { bob, a, b, name, said, own } = await blocked(by);
    await a.settled();
    const before = a.log.length;
    const refusals = {
      'message:send': { conversationId: name, content: 'hello' },
      'message:edit': { messageId: own.id, content: 'hello' },
      'message:react': { messageId: said.id, emoji: '👍' },
      'message:unreact': { messageId: said.id, emoji: '👍' },
      'message:typing': { conversationId: name, isTyping: true },
    };
    for (const [event, payload] of Object.entries(refusals)) {
      const ack = await b.request(event, payload);
      expect([event, outcomeOf(ack)]).toEqual([event, 'PERMISSION_DENIED']);
      expect(ack.error?.message).toMatch(/^One of you has blocked the other/);
    }
    const form = { conversationId: own.conversationId };
    await a.settled();
    expect(a.log.slice(before)).toEqual([]);
    // Reading goes on, and what one has said one may take back.
    const history = await b.expect('conversation:history', form);
    expect(history.messages).toHaveLength(2);
    await b.expect('message:delete', { messageId: own.id });
    await a.next('message:deleted', ({ deletedBy }) => deletedBy === bob.id);
  });

  it('all is well again after unblocking', async () => {
    const { bob, a, b, name, said, own } = await blocked('alice');
    await b.request('message:edit', { messageId: own.id, content: 'refused' });
    await a.expect('user:unblock', { userId: bob.id });
    await b.expect('message:edit', { messageId: own.id, content: 'edited' });
    await b.expect('message:react', { messageId: said.id, emoji: '👍' });
    await b.expect('message:typing', { conversationId: name, isTyping: true });
    await b.send(name, 'hello again');
    await a.next('message:new', (event) => messageIn(event).content === 'hello again');
    expect(a.received('user:typing')).not.toEqual([]);
  });

  it('stays so until both have unblocked', async () => {
    const { alice, bob, a, b, name } = await blocked('alice');
    await b.expect('user:block', { userId: alice.id });
    await a.expect('user:unblock', { userId: bob.id });
    for (const client of [a, b]) {
      const ack = await client.request('message:send', { conversationId: name, content: 'hi' });
      expect(outcomeOf(ack)).toBe('PERMISSION_DENIED');
    }
    await b.expect('user:unblock', { userId: alice.id });
    await a.send(name, 'at last');
  });

  it('what was said before is answered when it is sent again', async () => {
    const { bob, a, b, name } = await pair();
    const fields = { clientMessageId: 'once' };
    const first = await b.send(name, 'hello', fields);
    await a.expect('user:block', { userId: bob.id });
    const again = await b.send(name, 'hello', fields);
    expect(again).toMatchObject({ duplicate: true, message: first.message });
  });
});
