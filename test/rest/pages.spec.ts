import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { bodyOf, expectInvalid } from './support/problems.js';
import type { ConversationView, PageView, ParticipantView } from './support/views.js';

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What no page ever handed out, though some of it looks like it. */
const FORGED = [
  'garbage',
  '',
  '%00',
  base64({}),
  base64([]),
  base64(['abc', 1]),
  base64(['1', '1']),
  base64(['1', 1.5]),
  base64(['1', 1e300]),
  base64(['9'.repeat(30), 1]),
  base64(['\0']),
  base64(['\ud800']),
  base64([null, null]),
  'x'.repeat(501),
];

describe('cursor pages', () => {
  let app: TestApp;
  let a: RestClient;
  const alice = someone('alice');

  beforeAll(async () => {
    app = await startApp();
    a = await app.as(alice);
  });
  afterAll(() => app.stop());

  /** Follows nextCursor to the end; the pages as they came. */
  async function walk<T>(path: string, limit: number): Promise<T[][]> {
    const pages: T[][] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = bodyOf<PageView<T>>(await a.get(`${path}?limit=${limit}${query}`));
      pages.push(page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return pages;
  }

  describe('over 120 conversations', () => {
    const ids: number[] = [];
    beforeAll(async () => {
      for (let index = 0; index < 120; index++) ids.push(await app.conversation([alice]));
      // Some made at one instant: the order must not hang on time alone.
      await app.database.query('UPDATE conversations SET active_at = now() WHERE id % 3 = 0');
    });

    it.each([1, 7, 50, 100])('show each exactly once with a limit of %d', async (limit) => {
      const pages = await walk<ConversationView>('/conversations', limit);
      const seen = pages.flat().map(({ id }) => id);
      expect([...seen].sort((x, y) => x - y)).toEqual(ids);
      expect(pages.every((page) => page.length <= limit)).toBe(true);
      expect(pages).toHaveLength(Math.ceil(120 / limit));
    });

    it('show the most recently active first', async () => {
      const [, , third] = ids;
      await a.post(`/conversations/${third}/messages`, { content: 'up' });
      const page = bodyOf<PageView<ConversationView>>(await a.get('/conversations?limit=1'));
      expect(page.items).toMatchObject([{ id: third, lastMessage: { content: 'up' } }]);
    });

    it('hold 50 unless told otherwise', async () => {
      const page = bodyOf<PageView<ConversationView>>(await a.get('/conversations'));
      expect(page.items).toHaveLength(50);
      expect(page.nextCursor).toEqual(expect.any(String));
    });

    it.each(FORGED)('refuse the cursor %j', async (cursor) => {
      const answer = await a.get(`/conversations?cursor=${encodeURIComponent(cursor)}`);
      expectInvalid(answer, 'cursor');
    });

    it.each(['0', '-1', '101', '1.5', 'ten', '', '1e400', '5&limit=6'])(
      'refuse a limit of %s',
      async (limit) => {
        expectInvalid(await a.get(`/conversations?limit=${limit}`), 'limit');
      },
    );
  });

  describe('over 250 participants', () => {
    let id: number;
    beforeAll(async () => {
      id = await app.conversation([alice]);
      await app.database.query(
        `INSERT INTO participants (conversation_id, user_id, role)
         SELECT $1, 'member ' || n, 'member' FROM generate_series(1, 249) n`,
        [id],
      );
    });

    it.each([1, 33, 50, 100])('show each exactly once with a limit of %d', async (limit) => {
      const pages = await walk<ParticipantView>(`/conversations/${id}/participants`, limit);
      const seen = pages.flat().map(({ userId }) => userId);
      expect(new Set(seen).size).toBe(250);
      expect(seen).toHaveLength(250);
      expect(pages).toHaveLength(Math.ceil(250 / limit));
    });

    it.each(FORGED.filter((cursor) => cursor !== base64(['\ud800'])))(
      'refuse the cursor %j',
      async (cursor) => {
        const path = `/conversations/${id}/participants?cursor=${encodeURIComponent(cursor)}`;
        expectInvalid(await a.get(path), 'cursor');
      },
    );
  });
});
