import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { TestUser } from '../support/tokens.js';
import { fixture, wave, type TestFile } from './support/files.js';
import { bytesOf, download, pair, uploaded } from './support/uploading.js';

let app: TestApp;
let alice: TestUser;
let id: number;
beforeAll(async () => {
  app = await startApp();
  ({ alice, id } = await pair(app));
});
afterAll(() => app.stop());

const voice = () => fixture('voice.webm', 'audio/webm;codecs=opus');

describe('a recording of a browser', () => {
  it.each<[string, TestFile, string]>([
    ['a voice in WebM', voice(), 'audio/webm'],
    ['a voice in MP4', fixture('voice.mp4', 'audio/mp4'), 'audio/mp4'],
    ['a film in WebM', fixture('film.webm', 'video/webm'), 'video/webm'],
    ['a film in MP4', fixture('film.mp4', 'video/mp4'), 'video/mp4'],
  ])('%s is heard or seen in place, and tells its seconds', async (_, file, mimeType) => {
    const answer = await uploaded(app, alice, id, file);
    expect(answer).toMatchObject({ mimeType, size: file.bytes.length });
    expect(answer.duration).toBeGreaterThan(1.3);
    expect(answer.duration).toBeLessThan(1.6);
    expect(answer).not.toHaveProperty('thumbnailUrl');
    const response = await download(app, alice, answer.url);
    expect(response.headers.get('content-type')).toBe(mimeType);
    expect(response.headers.get('content-disposition')).toMatch(/^inline/);
    expect((await bytesOf(response)).equals(file.bytes)).toBe(true);
  });

  it('is a voice even where it is called a film', async () => {
    const { mimeType } = await uploaded(app, alice, id, { ...voice(), type: 'video/webm' });
    expect(mimeType).toBe('audio/webm');
  });
});

describe('a recording that says little of itself', () => {
  it('in WAV has the length of its samples', async () => {
    const bytes = wave(2);
    const { duration } = await uploaded(app, alice, id, { bytes, name: 'v', type: 'audio/wav' });
    expect(duration).toBe(2);
  });

  it.each<[string, TestFile]>([
    ['in WebM', voice()],
    ['in MP4', fixture('voice.mp4', 'audio/mp4')],
  ])('and breaks off, %s, is kept all the same', async (_, file) => {
    for (const length of [60, 300, 1_000]) {
      const bytes = file.bytes.subarray(0, length);
      const answer = await uploaded(app, alice, id, { ...file, bytes });
      expect(answer.size).toBe(length);
    }
  });
});
