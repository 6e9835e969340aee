import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageStore } from '../../src/core/ports/message-store.js';
import { startApp, type TestApp } from '../support/app.js';
import type { Ack, ChatClient } from '../support/chat-client.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';

const ROUNDS = 25;
const [alice, bob] = [someone('alice'), someone('bob')];

describe('a join that races with the removal of its user', () => {
  let app: TestApp;
  let a: RestClient;
  let owner: ChatClient;
  let reader: ChatClient;

  beforeAll(async () => {
    app = await startApp();
    a = await app.as(alice);
    [owner, reader] = [await app.connect(alice), await app.connect(bob)];
  });
  afterAll(() => app.stop());

  /** What of this conversation reached the reader, in whatever form. */
  const leaked = async (id: number, since: number) => {
    const log = await reader.settled();
    return log.slice(since).filter(({ event, payload }) => {
      const message = payload.message as { conversationId?: number } | undefined;
      const isOf = payload.conversationId === id || message?.conversationId === id;
      return isOf && event !== 'participant:left';
    });
  };

  it.each([
    [
      'before it',
      (join: () => Promise<Ack>, remove: () => Promise<unknown>) => {
        const removal = remove();
        return Promise.all([join(), removal]);
      },
    ],
    [
      'after it',
      (join: () => Promise<Ack>, remove: () => Promise<unknown>) => {
        const joining = join();
        return Promise.all([joining, remove()]);
      },
    ],
  ])('never leaves the user reading: removal set out %s', async (_, race) => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await app.conversation([alice, bob]);
      await owner.join(id);
      const join = () => reader.request('conversation:join', { conversationId: id, afterSeq: 0 });
      const remove = () => a.delete(`/conversations/${id}/participants/${bob.id}`);
      const [ack] = await race(join, remove);
      if (!ack.success) expect(ack.error?.code).toBe('PERMISSION_DENIED');
      await reader.settled();
      const since = reader.log.length;

      await owner.send(id, `not for bob, nor @bob: ${round}`);
      await a.patch(`/conversations/${id}`, { title: 'not for bob' });
      expect(await leaked(id, since)).toEqual([]);
      const online = await owner.expect('conversation:users:online', { conversationId: id });
      expect(online.onlineUsers).toEqual([alice.id]);
      const again = await join();
      expect(again.error?.code).toBe('PERMISSION_DENIED');
    }
  });

  it('tells nothing to a join that had read already when its user was removed', async () => {
    const id = await app.conversation([alice, bob]);
    await owner.join(id);
    await owner.send(id, 'said before');
    const store = app.get(MessageStore);
    const read = store.page.bind(store);
    store.page = async (...range) => {
      store.page = read;
      const page = await read(...range);
      await a.delete(`/conversations/${id}/participants/${bob.id}`);
      return page;
    };
    const ack = await reader.request('conversation:join', { conversationId: id, afterSeq: 0 });
    expect(ack.error?.code).toBe('PERMISSION_DENIED');
    expect(JSON.stringify(ack)).not.toContain('said before');
  });

  it('ends reception before the removal is answered, for all sockets of the user', async () => {
    const others = [await app.connect(bob), await app.connect(bob)];
    const id = await app.conversation([alice, bob]);
    for (const client of [owner, reader, ...others]) await client.join(id);
    const flood: Promise<Ack>[] = [];
    for (let n = 1; n <= 50; n++) flood.push(owner.send(id, `during ${n}`));
    await a.delete(`/conversations/${id}/participants/${bob.id}`);
    const { message } = await owner.send(id, 'after');
    await Promise.all(flood);
    const { seq } = message as { seq: number };
    await owner.next('message:new', (event) => (event.message as { seq: number }).seq === seq);
    for (const client of [reader, ...others]) {
      const log = await client.settled();
      expect(log.map(({ payload }) => JSON.stringify(payload))).not.toContainEqual(
        expect.stringContaining('"content":"after"'),
      );
    }
  });

  it('lets the user back in once it is added again, with all that was said meanwhile', async () => {
    const id = await app.conversation([alice, bob]);
    await reader.join(id);
    await a.delete(`/conversations/${id}/participants/${bob.id}`);
    await owner.send(id, 'in between');
    await a.put(`/conversations/${id}/participants/${bob.id}`);
    const ack = await reader.join(id, 0);
    expect(ack.missed).toMatchObject([{ seq: 1, content: 'in between' }]);
    await owner.send(id, 'welcome back');
    const heard = await reader.next(
      'message:new',
      (event) => (event.message as { conversationId: number }).conversationId === id,
    );
    expect(heard).toMatchObject({ message: { seq: 2 } });
  });
});
