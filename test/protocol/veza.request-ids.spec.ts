import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { aFrame, frameOf, gatherVeza, invalid, say, send } from '../support/veza-shapes.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('metadata.request_id', () => {
  it('stands in every answer, and in no frame for others', async () => {
    const { room, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [a, b] = clients;
    const { message_id } = await send(a, room, { content: 'x' });
    for (const [type, data, answer] of [
      ['join_room', { room_id: room }, 'room_joined'],
      ['message', { room_id: room, content: 'y' }, 'message_received'],
      ['file_upload', { room_id: room, file_name: 'a.txt', content: 'eA==' }, 'file_download'],
      ['report_message', { message_id, reason: 'spam' }, 'report_received'],
      ['ping', {}, 'pong'],
      ['no_such_type', {}, 'error'],
      ['message', {}, 'error'],
      ['leave_room', { room_id: room }, 'room_left'],
    ] as const) {
      const request = say(a, type, data, `for-${type}-${answer}`);
      expect((await frameOf(a, answer)).metadata).toStrictEqual({ request_id: request });
    }
    say(a, 'typing_start', { room_id: room });
    say(a, 'typing_stop', { room_id: room });
    await b.next('typing_indicator', ({ is_typing }) => is_typing === false);
    const unasked = ['message_received', 'typing_indicator'];
    const told = b.frames.filter(({ type }) => unasked.includes(String(type)));
    expect(told).toHaveLength(4);
    for (const frame of told) expect(frame).not.toHaveProperty('metadata');
  });

  it('is missing where the frame has no id that can be read', async () => {
    const client = await app.veza(someone('alice'));
    for (const [text, field] of [
      ['no frame', 'frame'],
      ['{"type":"ping","id":5}', 'id'],
      ['{"type":"no_such_type"}', 'type'],
    ] as const) {
      client.raw(text);
      expect(await frameOf(client, 'error')).toStrictEqual(aFrame('error', invalid(field)));
    }
  });
});
