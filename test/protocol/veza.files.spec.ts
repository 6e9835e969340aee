import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor } from '../support/tokens.js';
import {
  anAnswer,
  anError,
  answerTo,
  ask,
  gatherVeza,
  inRoom,
  invalid,
  say,
  send,
  type Json,
} from '../support/veza-shapes.js';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TEXT = Buffer.from('Bonjour, monde\n');
const INVALID_FILE = invalid('content');

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const picture = (): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 6, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();

const asText = (room: string, content: string, more: Json = {}): Json => ({
  room_id: room,
  file_name: 'notes.txt',
  mime_type: 'text/plain',
  content,
  ...more,
});

describe('file_upload', () => {
  it('is answered file_download, and the file is there for those in the room', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const request = say(clients[0], 'file_upload', asText(room, TEXT.toString('base64')));
    const answer = await answerTo(clients[0], request, 'file_download');
    expect(answer).toStrictEqual(
      anAnswer(request, 'file_download', {
        file_id: expect.stringMatching(new RegExp(`^${UUID}$`)),
        url: expect.stringMatching(new RegExp(`^/uploads/${UUID}$`)),
        file_name: 'notes.txt',
        mime_type: 'text/plain',
        size: TEXT.length,
      }),
    );
    const { file_id, url } = answer.data as { file_id: string; url: string };
    expect(url).toBe(`/uploads/${file_id}`);
    for (const [user, status] of [
      [users[1], 200],
      [someone('stranger'), 403],
    ] as const) {
      const response = await fetch(`${app.url}${url}?token=${await tokenFor(user)}`);
      expect(response.status).toBe(status);
      if (status === 200) expect(Buffer.from(await response.arrayBuffer())).toEqual(TEXT);
    }
  });

  it('takes the data URL that browsers make of a file', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const bytes = await picture();
    const content = `data:image/png;base64,${bytes.toString('base64')}`;
    const data = { room_id: room, file_name: 'sea.png', mime_type: 'image/png', content };
    const download = await ask(clients[0], 'file_upload', data, 'file_download');
    expect(download).toStrictEqual({
      file_id: expect.any(String),
      url: expect.any(String),
      file_name: 'sea.png',
      mime_type: 'image/png',
      size: expect.any(Number),
      width: 8,
      height: 6,
      thumbnail_url: `${String(download.url)}/thumbnail`,
    });
    const typed = { ...data, content: content.replace(';base64', ';charset=utf-8;base64') };
    const again = await ask(clients[0], 'file_upload', typed, 'file_download');
    expect(again).toMatchObject({ mime_type: 'image/png' });
  });

  it('takes the data URL of a recorder, whose type holds commas and quotes', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const content = `data:text/plain;codecs="opus,pcm";base64,${TEXT.toString('base64')}`;
    const download = await ask(clients[0], 'file_upload', asText(room, content), 'file_download');
    expect(download).toMatchObject({ size: TEXT.length });
  });

  it('takes a file of three megabytes, and no larger one', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'x');
    const data = asText(room, bytes.toString('base64'), { mime_type: undefined });
    const download = await ask(clients[0], 'file_upload', data, 'file_download');
    expect(download).toMatchObject({ size: bytes.length, mime_type: 'text/plain' });
    const larger = asText(room, Buffer.concat([bytes, TEXT]).toString('base64'));
    const error = await ask(clients[0], 'file_upload', larger, 'error');
    expect(error).toStrictEqual(anError(1006, 'file_too_large'));
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['an empty data URL', 'data:text/plain;base64,'],
    ['no base64', 'Bonjour, monde'],
    ['a data URL of another encoding', 'data:text/plain,Bonjour'],
    ['a data URL with more in it', 'data:text/plain;base64,Qm9u,Qm9u'],
    ['base64 for URLs', '-_-_'],
    ['base64 with line breaks', 'Qm9u\nQm9u'],
    ['base64 after its end', 'Qg==Qg=='],
  ])('whose content is %s is refused', async (_, content) => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const error = await ask(clients[0], 'file_upload', asText(room, content), 'error');
    expect(error).toStrictEqual(INVALID_FILE);
  });

  it.each<[string, string, string]>([
    ['text that says it is a picture', 'image/png', 'Bonjour'],
    ['a program', 'text/plain', '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0'],
    ['zeros', 'text/plain', '\0\0\0\0'],
    ['half a picture', 'image/png', '\x89PNG\r\n\x1a\n'],
  ])('of %s is refused', async (_, mime_type, bytes) => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const content = Buffer.from(bytes, 'latin1').toString('base64');
    const data = asText(room, content, { mime_type });
    expect(await ask(clients[0], 'file_upload', data, 'error')).toStrictEqual(INVALID_FILE);
  });

  it('is believed by its bytes: a picture that says it is text is a picture', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const content = (await picture()).toString('base64');
    const download = await ask(clients[0], 'file_upload', asText(room, content), 'file_download');
    expect(download).toMatchObject({ mime_type: 'image/png', width: 8 });
  });

  it.each<[string, Json]>([
    ['room_id', { room_id: null }],
    ['file_name', { file_name: null }],
    ['file_name', { file_name: 'x'.repeat(1_025) }],
    ['mime_type', { mime_type: 5 }],
    ['content', { content: null }],
    ['content', { content: [1, 2, 3] }],
  ])('names %s where that is bad: %j', async (field, bad) => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const data = asText(room, TEXT.toString('base64'), bad);
    expect(await ask(clients[0], 'file_upload', data, 'error')).toStrictEqual(invalid(field));
  });
});

describe('an upload', () => {
  it('goes into attachments by its file_id or its url, and comes as its url', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const data = asText(room, TEXT.toString('base64'));
    const { file_id, url } = await ask(clients[0], 'file_upload', data, 'file_download');
    for (const attachment of [file_id, url]) {
      const fields = { content: '', message_type: 'file', attachments: [attachment] };
      await send(clients[0], room, fields);
      const heard = await clients[1].next('message_received');
      expect(heard).toStrictEqual(inRoom(room, users[0], { ...fields, attachments: [url] }));
    }
  });

  it('of another room, or that is none, is refused', async () => {
    const elsewhere = await gatherVeza(app, ['alice']);
    const data = asText(elsewhere.room, TEXT.toString('base64'));
    const { file_id } = await ask(elsewhere.clients[0], 'file_upload', data, 'file_download');
    const { room, clients } = await gatherVeza(app, ['bob']);
    for (const attachment of [file_id, '01234567-89ab-cdef-0123-456789abcdef']) {
      const message = { room_id: room, content: 'x', attachments: [attachment] };
      expect(await ask(clients[0], 'message', message, 'error')).toStrictEqual(
        invalid('attachments.0'),
      );
    }
  });

  it('to somebody one never wrote to makes the conversation', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a] = [await app.veza(alice), await app.veza(bob)];
    const room = `private_${alice.id}_${bob.id}`;
    const data = asText(room, TEXT.toString('base64'));
    const { file_id } = await ask(a, 'file_upload', data, 'file_download');
    await send(a, room, { content: '', attachments: [file_id] });
  });
});
