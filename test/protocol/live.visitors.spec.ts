import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import {
  aMessage,
  DENIED,
  dial,
  FORBIDDEN,
  from,
  gatherLive,
  newSlug,
  PSEUDONYM,
  refusal,
  speak,
  userData,
} from '../support/live-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import { someone } from '../support/tokens.js';

const HERE = '203.0.113.7';
const ELSEWHERE = '2001:db8::7';

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp({ TRUST_PROXY: '1' })));
afterAll(() => app.stop());

const nameOf = async (client: FrameClient) => (await speak(client, 'hello')).username;

/** What the service calls visitors from there. */
async function nameFrom(address: string, room = newSlug(), through = app): Promise<unknown> {
  const client = await through.live(null, `room/${room}`, from(address));
  return nameOf(client);
}

describe('a visitor without a token', () => {
  it('is heard and hears, and has no id', async () => {
    const { id, users, clients } = await gatherLive(app, ['alice', null, null]);
    for (const [index, speaker] of clients.entries()) {
      speaker.send('chat_message', { message: `hello ${index}` });
      for (const client of clients) {
        expect(await client.next('chat_message')).toStrictEqual(
          aMessage(id, users[index] ?? null, { message: `hello ${index}` }),
        );
      }
    }
  });

  it('is told of others and told to others, each socket being somebody', async () => {
    const { place, clients } = await gatherLive(app, [null]);
    const [first] = clients;
    const second = await app.live(null, place);
    expect(await first.next('user_joined')).toStrictEqual({
      ...userData(null),
      timestamp: INSTANT,
    });
    const third = await app.live(null, place);
    for (const client of [first, second]) await client.next('user_joined');
    second.send('typing_start', {});
    for (const client of [first, third]) {
      expect(await client.next('typing_start')).toStrictEqual({
        ...userData(null),
        timestamp: INSTANT,
      });
    }
    second.close();
    for (const client of [first, third]) {
      await client.next('typing_stop');
      expect(await client.next('user_left')).toStrictEqual(userData(null));
    }
    await first.settled();
    // Nobody was told of itself.
    expect(first.received('user_joined')).toHaveLength(2);
    expect(third.received('user_joined')).toEqual([]);
    expect(second.received('typing_start')).toEqual([]);
  });

  it('says a name or an id of its own in vain', async () => {
    const { id, clients } = await gatherLive(app, [null]);
    const fields = { username: 'root', user_id: 1, sender: 'root' };
    expect(await speak(clients[0], 'hi', fields)).toStrictEqual(
      aMessage(id, null, { message: 'hi' }),
    );
  });

  it('leaves nothing of its inner id on any wire', async () => {
    const { id, slug, clients } = await gatherLive(app, ['alice', null]);
    const [alice, visitor] = clients;
    const reader = await app.connect(someone('reader'));
    await reader.expect('conversation:join', { conversationId: id });
    await speak(visitor, 'hello');
    await reader.next('message:new');
    await visitor.settled();
    await alice.settled();
    const rest = await (await app.as(someone('carol'))).get(`/conversations/${slug}/messages`);
    const all = [alice.frames, visitor.frames, reader.received('message:new'), rest.body];
    expect(JSON.stringify(all)).not.toContain('anonymous:');
    expect(rest.body).toMatchObject({ items: [{ senderId: null, content: 'hello' }] });
  });

  it('may not enter where visitors are not allowed', async () => {
    const owner = someone('owner');
    for (const fields of [{ type: 'live' }, { type: 'public' }, { type: 'private' }]) {
      const id = await app.conversation([owner], fields);
      expect(await refusal(await dial(app, null, id))).toEqual({ ...FORBIDDEN, errors: [DENIED] });
    }
  });

  it('may read and write a public conversation that allows it, without taking part', async () => {
    const owner = someone('owner');
    const id = await app.conversation([owner], { type: 'public', allowAnonymous: true });
    const visitor = await app.live(null, `room/${id}`);
    expect(await speak(visitor, 'hi')).toStrictEqual(aMessage(id, null, { message: 'hi' }));
    const { body } = await (await app.as(owner)).get(`/conversations/${id}`);
    expect(body).toMatchObject({ participantCount: 1, lastMessage: { senderId: null } });
  });

  it('is shown out once visitors are allowed no more; users stay', async () => {
    const [owner, bob] = [someone('owner'), someone('bob')];
    const fields = { type: 'live', allowAnonymous: true };
    const id = await app.conversation([owner], fields);
    const user = await app.live(bob, `room/${id}`);
    const visitor = await app.live(null, `room/${id}`);
    const change = { allowAnonymous: false };
    expect((await (await app.as(owner)).patch(`/conversations/${id}`, change)).status).toBe(200);
    expect(await visitor.closed()).toEqual(FORBIDDEN);
    expect(await user.next('user_left')).toStrictEqual(userData(null));
    expect(await refusal(await dial(app, null, id))).toEqual({ ...FORBIDDEN, errors: [DENIED] });
    await speak(user, 'among users');
  });
});

describe('a visitor’s name', () => {
  it('is the same from one address, in every room, and another from another', async () => {
    const names = [await nameFrom(HERE), await nameFrom(HERE), await nameFrom(ELSEWHERE)];
    expect(names).toEqual([PSEUDONYM, PSEUDONYM, PSEUDONYM]);
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('is keyed: a service with another key calls the same address otherwise', async () => {
    const other = await startApp({ TRUST_PROXY: '1' });
    after.add(() => other.stop());
    await other.database.query('UPDATE keys SET value = uuid_send(gen_random_uuid())');
    expect(await nameFrom(HERE, newSlug(), other)).not.toBe(await nameFrom(HERE));
  });

  it('is not chosen by who claims an address, unless a proxy is trusted to tell', async () => {
    const open = await startApp({ ANONYMOUS_NAME: 'ip' });
    after.add(() => open.stop());
    expect(await nameFrom(HERE, newSlug(), open)).toBe('Anonymous_127.0.0.1');
  });

  it('tells the address where ANONYMOUS_NAME=ip, as the document has it', async () => {
    const open = await startApp({ ANONYMOUS_NAME: 'ip', TRUST_PROXY: '1' });
    after.add(() => open.stop());
    for (const address of ['192.168.1.10', ELSEWHERE]) {
      expect(await nameFrom(address, newSlug(), open)).toBe(`Anonymous_${address}`);
    }
  });
});
