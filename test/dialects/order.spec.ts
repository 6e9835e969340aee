import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn, messagesIn, range } from '../support/chat-shapes.js';
import { SalonSpeaker } from '../support/salon-speaker.js';
import type { Speaker } from '../support/speaker.js';
import { CHAT, DIALECTS, everywhere, LIVE } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';

const CONNECTIONS = 3;
const EACH = 24;
const TOTAL = DIALECTS.length * CONNECTIONS * EACH;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Several connections in each dialect, of several users, all reading along. */
async function crowd(id: number, users: readonly TestUser[], count: number): Promise<Speaker[]> {
  const speakers: Speaker[] = [];
  for (const n of range(1, count)) {
    const user = users[n % users.length];
    if (user) speakers.push(...(await everywhere(app, user, id)));
  }
  return speakers;
}

async function scene() {
  const users = [someone('alice'), someone('bob')];
  const [, bob] = users as [TestUser, TestUser];
  const id = await app.conversation(users);
  return { id, bob, writers: await crowd(id, users, CONNECTIONS), users };
}

/** All of them at once, none waiting for an answer; resolves with what each said, in its order. */
function allSpeak(id: number, writers: readonly Speaker[], count: number): Promise<number[][]> {
  return Promise.all(
    writers.map(async (writer) => {
      const said = await Promise.all(range(1, count).map((n) => writer.say(id, `text ${n}`)));
      return said.map((message) => message.id);
    }),
  );
}

const idsOf = (reader: Speaker): number[] => reader.messages.map((message) => message.id);

/** The log, as the database has it. */
async function storedIds(id: number): Promise<number[]> {
  const rows = await app.database.query(
    `SELECT id FROM messages WHERE conversation_id = ${id} ORDER BY seq`,
  );
  return rows.map((row) => Number(row.id));
}

describe('writers in all dialects at once', () => {
  it('are heard in one order by every reader of every dialect, each message once', async () => {
    const { id, bob, writers, users } = await scene();
    const readers = await crowd(id, users, 2);
    const batching = [await app.salon(bob, '&batch=1'), await app.salon(bob, '&batch=1')];
    for (const client of batching) {
      const reader = new SalonSpeaker(bob, client);
      await reader.join(id);
      readers.push(reader);
    }
    const said = await allSpeak(id, writers, EACH);
    const stored = await storedIds(id);
    expect(stored).toHaveLength(TOTAL);
    expect([...stored].sort((a, b) => a - b)).toEqual(stored);
    for (const reader of [...readers, ...writers]) {
      await reader.hearsMessage(stored.at(-1) ?? 0);
      await reader.settled();
      expect(idsOf(reader)).toEqual(stored);
    }
    // What each connection said keeps its order.
    for (const own of said) expect(stored.filter((one) => own.includes(one))).toEqual(own);
    for (const { frames } of batching) {
      expect(frames.some(({ type }) => type === 'message_batch')).toBe(true);
    }
  });

  it('are heard from half-way on by who joins then, after all that was said before', async () => {
    const { id, bob, writers } = await scene();
    const late = await CHAT.connect(app, bob);
    const speaking = allSpeak(id, writers, EACH);
    await writers[0]?.hears('message', () => (writers[0]?.messages.length ?? 0) > TOTAL / 3);
    const joined = await late.join(id, 0);
    await speaking;
    const stored = await storedIds(id);
    const missed = messagesIn(joined, 'missed');
    expect(missed.length).toBeGreaterThan(0);
    if (missed.length < TOTAL) await late.hearsMessage(stored.at(-1) ?? 0);
    await late.settled();
    expect([...missed.map((message) => message.id), ...idsOf(late)]).toEqual(stored);
  });

  it('are heard in full by who keeps going away and coming back in chat', async () => {
    const { id, bob, writers } = await scene();
    const seen: number[] = [];
    const speaking = allSpeak(id, writers, EACH);
    let returns = 0;
    while (seen.length < TOTAL) {
      const client = await app.connect(bob, { transports: ['websocket'] });
      // In the order in which frames arrive: the ack’s messages, then what is told live.
      client.socket.on('message:new', (event: Record<string, unknown>) =>
        seen.push(messageIn(event).seq),
      );
      client.socket.emit(
        'conversation:join',
        { conversationId: id, afterSeq: seen.at(-1) ?? 0 },
        (ack: Record<string, unknown>) =>
          seen.push(...messagesIn(ack, 'missed').map(({ seq }) => seq)),
      );
      await client.settled();
      client.close();
      returns++;
    }
    await speaking;
    expect(seen).toEqual(range(1, TOTAL));
    expect(returns).toBeGreaterThan(1);
  });

  it('are heard in full by who keeps going away and coming back in live', async () => {
    const { id, bob, writers } = await scene();
    const reader = await LIVE.connect(app, bob);
    await reader.join(id);
    const speaking = allSpeak(id, writers, EACH);
    await reader.hears('message');
    let returns = 0;
    while (reader.messages.length < TOTAL) {
      await reader.join(id, reader.messages.at(-1)?.id);
      await reader.settled();
      returns++;
    }
    await speaking;
    expect(idsOf(reader)).toEqual(await storedIds(id));
    expect(returns).toBeGreaterThan(1);
  });
});
