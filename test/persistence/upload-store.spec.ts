import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anUpload, startUploads, type UploadFixture } from './support/upload-fixture.js';

let fixture: UploadFixture;
let store: UploadFixture['store'];
let upload: UploadFixture['upload'];
let send: UploadFixture['send'];
let standing: UploadFixture['standing'];
let conversationId: number;

beforeAll(async () => {
  fixture = await startUploads();
  ({ store, upload, send, standing } = fixture);
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.database.query('DELETE FROM uploads');
  conversationId = await fixture.conversation(['1', '2']);
});

const OTHER = '00000000-0000-0000-0000-000000000000';
const later = (moment: Date) => new Date(moment.getTime() + 1);

describe('an upload', () => {
  it('is found once it is complete, as it was reserved', async () => {
    const reserved = anUpload(conversationId, { duration: 1.25 });
    await store.reserve(reserved);
    expect(await store.find(reserved.id)).toBeNull();
    await store.complete(reserved.id);
    expect(await store.find(reserved.id)).toMatchObject(reserved);
    expect(await store.find(OTHER)).toBeNull();
  });

  it('without measures is found without them', async () => {
    const bare = { width: null, height: null, duration: null, hasThumbnail: false };
    const { id } = await upload(conversationId, bare);
    expect(await store.find(id)).toMatchObject(bare);
  });

  it('is completed once, and not at all after it was given up', async () => {
    const { id } = await upload(conversationId);
    await expect(store.complete(id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const abandoned = anUpload(conversationId);
    await store.reserve(abandoned);
    await store.giveUp(abandoned.id);
    await expect(store.complete(abandoned.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(store.complete(OTHER)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await store.find(abandoned.id)).toBeNull();
  });

  it('is missing where it is unknown, unfinished, given up or another conversation’s', async () => {
    const elsewhere = await fixture.conversation(['1']);
    const { id: here } = await upload(conversationId);
    const { id: there } = await upload(elsewhere);
    const { id: givenUp } = await upload(conversationId);
    await store.giveUp(givenUp);
    const unfinished = anUpload(conversationId);
    await store.reserve(unfinished);
    const asked = [OTHER, here, there, unfinished.id, givenUp];
    const missing = await store.missingAmong(asked, conversationId);
    expect(missing).toEqual([OTHER, there, unfinished.id, givenUp]);
    expect(await store.missingAmong([here, here], conversationId)).toEqual([]);
    expect(await store.missingAmong([], conversationId)).toEqual([]);
  });
});

describe('uploads that wait', () => {
  it('are counted for their uploader: those that no message names', async () => {
    expect(await store.countWaiting('1')).toBe(0);
    await store.reserve(anUpload(conversationId));
    const { id: named } = await upload(conversationId);
    await upload(conversationId, { uploaderId: '2' });
    expect(await store.countWaiting('1')).toBe(2);
    await send(conversationId, [named]);
    expect(await store.countWaiting('1')).toBe(1);
    expect(await store.countWaiting('2')).toBe(1);
  });

  it('are no longer counted once they are given up, collected or not', async () => {
    const { id } = await upload(conversationId);
    const { id: named } = await upload(conversationId);
    const sent = await send(conversationId, [named]);
    if (sent.outcome !== 'appended') throw new Error(sent.outcome);
    await fixture.messages.delete(sent.message, '1');
    await store.giveUp(id);
    expect(await standing(named)).toBe('given-up 0');
    expect(await store.countWaiting('1')).toBe(0);
  });
});

describe('giving up', () => {
  it('spares what a message names', async () => {
    const { id, createdAt } = await upload(conversationId);
    await send(conversationId, [id]);
    await store.giveUp(id);
    await store.giveUpBefore(later(createdAt));
    expect(await standing(id)).toBe('ready 1');
    expect(await store.find(id)).not.toBeNull();
  });

  it('by age takes what was begun before then, complete or not, and nothing younger', async () => {
    const old = await upload(conversationId);
    const unfinished = anUpload(conversationId);
    await store.reserve(unfinished);
    const younger = await upload(conversationId, { createdAt: later(old.createdAt) });
    await store.giveUpBefore(old.createdAt);
    expect(await store.givenUp(10, null)).toEqual([]);
    await store.giveUpBefore(younger.createdAt);
    expect([...(await store.givenUp(10, null))].sort()).toEqual([old.id, unfinished.id].sort());
    expect(await standing(younger.id)).toBe('ready 0');
  });

  it('hands out as many as are asked for, by id, until they are forgotten', async () => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, async () => (await upload(conversationId)).id),
    );
    await Promise.all(ids.map((id) => store.giveUp(id)));
    const [first, second, third, ...others] = ids.sort();
    expect(await store.givenUp(2, null)).toEqual([first, second]);
    expect(await store.givenUp(2, null)).toEqual([first, second]);
    // Behind one whose file cannot be removed now, the others still come.
    expect(await store.givenUp(10, second ?? null)).toEqual([third, ...others]);
    expect(await store.givenUp(10, ids.at(-1) ?? null)).toEqual([]);
    await store.forget(ids.slice(0, 2));
    expect(await store.givenUp(10, null)).toEqual([third, ...others]);
    await store.forget(ids);
    expect(await fixture.database.query('SELECT 1 FROM uploads')).toEqual([]);
  });

  it('is all that makes one forgotten', async () => {
    const { id } = await upload(conversationId);
    const unfinished = anUpload(conversationId);
    await store.reserve(unfinished);
    await store.forget([id, unfinished.id, randomUUID()]);
    expect(await standing(id)).toBe('ready 0');
    expect(await standing(unfinished.id)).toBe('storing 0');
  });
});
