import { describe, expect, it } from 'vitest';
import { MARKER, PAYLOADS, POISON } from '../support/bad-input.js';
import { range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';
import { attackScene } from '../support/veza-attacker.js';
import { aFrame, anError, frameOf, invalid, send } from '../support/veza-shapes.js';

const scene = attackScene();
const anyInvalid = anError(1007, 'invalid_message_format', {
  details: expect.any(String),
  fields: expect.any(Array),
});

/** Fewer than one is hung up on for, within ten seconds. */
describe('what is no frame is refused, and the connection stays', () => {
  const frames: [string, string, string][] = [
    ['nothing', 'frame', ''],
    ['no JSON', 'frame', `{"type":"${MARKER}`],
    ['text', 'frame', `"${MARKER}"`],
    ['null', 'frame', 'null'],
    ['a list', 'frame', `[{"type":"ping","data":{}}]`],
    ['no type', 'type', `{"data":{"room_id":"${MARKER}"}}`],
    ['a number for a type', 'type', '{"type":5,"data":{}}'],
    ['a list for a type', 'type', '{"type":["ping"],"data":{}}'],
    ['a type that is no name', 'type', `{"type":"<b>${MARKER}</b>","data":{}}`],
    ['an empty type', 'type', '{"type":"","data":{}}'],
    ['an endless type', 'type', `{"type":"${'x'.repeat(1_000)}","data":{}}`],
    ['a number for an id', 'id', '{"type":"ping","id":5}'],
    ['a list for an id', 'id', `{"type":"ping","id":["${MARKER}"]}`],
    ['an object for an id', 'id', `{"type":"ping","id":{"${MARKER}":1}}`],
    ['an empty id', 'id', '{"type":"ping","id":""}'],
    ['an id of 65 characters', 'id', `{"type":"ping","id":"${'x'.repeat(65)}"}`],
    ['an own __proto__', 'frame', `{"type":"ping","__proto__":{"${MARKER}":1}}`],
    ['a constructor', 'frame', `{"type":"ping","data":{"constructor":{"prototype":{}}}}`],
    [
      'lists 8,000 deep',
      'frame',
      `{"type":"ping","data":${'['.repeat(8_000)}${']'.repeat(8_000)}}`,
    ],
    ['NUL', 'frame', `{"type":"ping","data":{"x":"${MARKER}\\u0000"}}`],
    ['a lone surrogate', 'frame', `{"type":"ping","data":{"x":"${MARKER}\\ud800"}}`],
  ];

  it.each(frames)('%s: %s', async (_, field, text) => {
    expect(await scene.refused(text)).toStrictEqual(aFrame('error', invalid(field)));
    expect(({} as Record<string, unknown>)[MARKER]).toBeUndefined();
  });

  it('poison beside fields that are right', async () => {
    for (const [, value] of POISON.filter(([what]) => !what.includes('binary'))) {
      const data = `{"room_id":"${scene.room}","content":"x","extra":${JSON.stringify(value)}}`;
      const frame = await scene.refused(`{"type":"message","id":"m","data":${data}}`);
      expect(frame).toStrictEqual(aFrame('error', invalid('frame')));
    }
  });
});

describe('an id of 64 characters', () => {
  it('is one', async () => {
    const id = 'é'.repeat(64);
    scene.attacker.raw(JSON.stringify({ type: 'ping', id }));
    const pong = await frameOf(scene.attacker, 'pong');
    expect(pong).toStrictEqual({ ...aFrame('pong', {}), metadata: { request_id: id } });
  });
});

describe('a type that nobody knows', () => {
  const TYPES = [
    '',
    '<b>',
    'Message',
    'x'.repeat(65),
    'constructor',
    'unknown',
    'room_joined',
    'message_received',
    'error',
    'to_string',
    'then',
  ];
  it.each(TYPES)('%j is refused by its id', async (type) => {
    expect(await scene.refusedFrame(type, {})).toStrictEqual(invalid('type'));
  });
});

const TYPES = [
  ...['join_room', 'leave_room', 'message', 'typing_start', 'typing_stop'],
  ...['read_receipt', 'file_upload', 'report_message'],
];

describe.each(TYPES)('%s', (type) => {
  const payloads = PAYLOADS.filter(([, value]) => value !== undefined);

  it.each(payloads)('with %s for data', async (_, data) => {
    expect(await scene.refusedFrame(type, data)).toStrictEqual(anyInvalid);
  });

  it('without data', async () => {
    expect(await scene.refusedFrame(type, undefined)).toStrictEqual(anyInvalid);
  });
});

it('a ping needs no data, and takes any object', async () => {
  const { attacker } = scene;
  for (const text of [
    '{"type":"ping"}',
    '{"type":"ping","data":null}',
    '{"type":"ping","id":null}',
  ]) {
    attacker.raw(text);
    expect(await frameOf(attacker, 'pong')).toStrictEqual(aFrame('pong', {}));
  }
  await attacker.request('ping', { anything: [1, 2, 3] }, 'pong');
});

describe('too much', () => {
  it('at once: each frame is answered, those beyond what may wait with 1003', async () => {
    const client = await scene.app.veza(someone('hasty'));
    for (const n of range(1, 1_000)) client.send('join_room', { room_id: `none-${n}` });
    for (const _ of range(1, 1_000)) await client.next('error');
    const codes = new Set(client.received('error').map(({ code }) => Number(code)));
    expect([...codes].toSorted()).toEqual([1003, 1004]);
  });

  it('in one frame closes with 1009', async () => {
    const client = await scene.app.veza(someone('large'));
    client.send('ping', { padding: 'x'.repeat(6 * 1024 * 1024) });
    expect(await client.closed()).toMatchObject({ code: 1009 });
  });

  it('that is no frame closes with 1008', async () => {
    const client = await scene.app.veza(someone('babbler'));
    for (const _ of range(1, 50)) client.raw('babble');
    expect(await client.closed()).toMatchObject({ code: 1008 });
    expect(client.received('error')).toHaveLength(50);
  });
});

it('a binary frame closes with 1003', async () => {
  const client = await scene.app.veza(someone('binary'));
  client.raw(Buffer.from('{"type":"ping","data":{}}'));
  expect(await client.closed()).toMatchObject({ code: 1003 });
});

it('a message full of markup and SQL is a message', async () => {
  const content = `<script>${MARKER}</script>'; DROP TABLE messages; --`;
  expect(await send(scene.attacker, scene.room, { content })).toMatchObject({ content });
});
