import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import { runSample } from '../support/documents.js';
import { codeUnder, URLS } from '../support/live-samples.js';
import { ended } from '../support/live-shapes.js';
import { someone, tokenFor } from '../support/tokens.js';

type Json = Record<string, unknown>;

const jane = someone('jane_doe');
const opened: WebSocket[] = [];

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startApp({ LIVE_ROOM_GRACE_MS: '0' });
  token = await tokenFor(jane);
  // The room 1 that the document takes for granted.
  const id = await app.conversation([someone('owner')], { type: 'public', allowAnonymous: true });
  expect(id).toBe(1);
  await (await app.as(someone('admin', ['admin']))).put('/videos/42', { title: 'The answer' });
});
afterAll(() => app.stop());

/** As the document's clients have it, but for the address of the service. */
class Documented extends WebSocket {
  constructor(url: string) {
    super(url.replace('ws://localhost:8000', app.url.replace('http', 'ws')));
    opened.push(this);
  }

  /** Resolves with what it is told first. */
  first(): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.once('message', (text: Buffer) => resolve(JSON.parse(text.toString()) as Json));
      this.once('error', reject);
    });
  }
}

const rooms = (slug = '%') =>
  app.database.query(
    `SELECT id, slug, type, is_public, allow_anonymous FROM conversations
     WHERE slug LIKE $1 OR id = 1`,
    [slug],
  );

/** No room stays that the next test would find. */
afterEach(async () => {
  const ephemeral = (await rooms()).filter(({ type }) => type === 'live');
  const ends = ephemeral.map(({ id }) => ended(app, Number(id)));
  for (const socket of opened.splice(0)) socket.close();
  await Promise.all(ends);
});

describe('each URL of document 5', () => {
  /** Its URL, with what it takes for granted. */
  const addressOf = (path: string) =>
    `ws://localhost:8000${path}`
      .replace(/\?token=.*/, `?token=${token}`)
      .replace(/\$\{roomSlug\}/, `live-${Date.now()}-7`)
      .replace(/\{room_id\}|\$\{roomId\}/, '1')
      .replace('{video_id}', '42');

  it.each(URLS.filter((path) => path !== '/live/ws'))('%s leads into a room', async (path) => {
    const address = addressOf(path);
    const { data } = (await new Documented(address).first()) as { data: Json };
    const name = /(?:video\/|room\/)(.*?)(?:\?|$)/.exec(address)?.[1] ?? '';
    const slug = path.includes('/video/') ? `video-${name}` : name;
    const room = (await rooms(slug)).find(({ id }) => id === data.room_id);
    const isFirst = name === '1';
    expect(room).toMatchObject(isFirst ? { id: 1, type: 'public' } : { slug, type: 'live' });
    expect(room).toMatchObject({ is_public: true, allow_anonymous: true });
  });

  it('/live/ws needs no token', async () => {
    expect(URLS).toContain('/live/ws');
    await app.dialRaw('/live/ws').opened();
  });
});

describe('its ways into a room, each run as it stands', () => {
  const [cycle = '', ...ways] = codeUnder('🏠', 'javascript');

  const run = (code: string): Documented =>
    runSample(code, { WebSocket: Documented, token, streamId: 7 }, 'ws') as Documented;

  it.each(ways.map((code) => [/ws:\/\/localhost:8000(\S+)`/.exec(code)?.[1], code]))(
    '%s',
    async (_, code = '') => {
      expect(await run(code).first()).toMatchObject({ type: 'room_joined' });
    },
  );

  it('the life of a room: it comes with the first, and goes with the last', async () => {
    const [comes = '', goes = ''] = cycle.split(/^\/\/ 2\. .*$/m);
    const ws = run(comes);
    const { data } = (await ws.first()) as { data: { room_id: number } };
    const ephemeral = async () => (await rooms('my-stream')).map(({ id }) => id);
    expect(await ephemeral()).toEqual([1, data.room_id]);
    const end = ended(app, data.room_id);
    runSample(goes, { ws });
    await end;
    expect(await ephemeral()).toEqual([1]);
  });

  it('made by GraphQL, and listed while somebody is in it', async () => {
    const [mutation, query] = codeUnder('Comment obtenir', 'graphql');
    const client = await app.as(jane);
    const fields = { slug: 'live-general', name: 'Discussion Générale', isPublic: true };
    const made = await client.post('/graphql', { query: mutation });
    const { createChatRoom: room } = (made.body as { data: { createChatRoom: Json } }).data;
    expect(room).toStrictEqual({ ...fields, id: expect.any(Number), createdAt: INSTANT });
    const listed = async () => (await client.post('/graphql', { query })).body;
    expect(await listed()).toStrictEqual({ data: { chatRooms: [] } });
    await new Documented(`ws://localhost:8000/chat/ws/room/live-general`).first();
    const found = { ...fields, id: room.id, description: 'Chat public', participantCount: 1 };
    expect(await listed()).toStrictEqual({ data: { chatRooms: [found] } });
  });
});
