import { describe, expect, it } from 'vitest';
import { MARKER, PAYLOADS, POISON } from '../support/bad-input.js';
import { range } from '../support/chat-shapes.js';
import { attackScene, INVALID } from '../support/salon-attacker.js';
import { anError } from '../support/salon-shapes.js';
import { someone } from '../support/tokens.js';

const scene = attackScene();

/** Fewer than one is hung up on for, within ten seconds. */
describe('what is no frame is refused, and the connection stays', () => {
  const frames: [string, string][] = [
    ['nothing', ''],
    ['no JSON', `{"type":"${MARKER}`],
    ['a function', `() => ${MARKER}`],
    ['text', `"${MARKER}"`],
    ['null', 'null'],
    ['a list', `[{"type":"ping","data":{}}]`],
    ['no type', `{"data":{"room":"${MARKER}"}}`],
    ['a number for a type', '{"type":5,"data":{}}'],
    ['a list for a type', '{"type":["ping"],"data":{}}'],
    ['a type that is no name', `{"type":"<b>${MARKER}</b>","data":{}}`],
    ['an empty type', '{"type":"","data":{}}'],
    ['an endless type', `{"type":"${'x'.repeat(1_000)}","data":{}}`],
    ['an own __proto__', `{"type":"ping","__proto__":{"${MARKER}":1}}`],
    ['a constructor', `{"type":"ping","data":{"constructor":{"prototype":{}}}}`],
    ['lists 8,000 deep', `{"type":"ping","data":${'['.repeat(8_000)}${']'.repeat(8_000)}}`],
    ['NUL', `{"type":"ping","data":{"x":"${MARKER}\\u0000"}}`],
    ['a lone surrogate', `{"type":"ping","data":{"x":"${MARKER}\\ud800"}}`],
  ];

  it.each(frames)('%s', async (_, text) => {
    const details = { fields: [{ field: expect.any(String), rules: [expect.any(String)] }] };
    expect(await scene.refused(text)).toStrictEqual(anError('INVALID_FORMAT', details));
    expect(({} as Record<string, unknown>)[MARKER]).toBeUndefined();
  });

  it('poison beside fields that are right', async () => {
    for (const [, value] of POISON.filter(([what]) => !what.includes('binary'))) {
      const data = `{"room":"${scene.room}","content":"x","extra":${JSON.stringify(value)}}`;
      expect(await scene.refused(`{"type":"room_message","data":${data}}`)).toStrictEqual(INVALID);
    }
  });
});

const TYPES = ['join_room', 'room_message', 'direct_message', 'room_history', 'dm_history'];

describe.each(TYPES)('%s', (type) => {
  const payloads = PAYLOADS.filter(([, value]) => value !== undefined);

  it.each(payloads)('with %s for data', async (_, data) => {
    expect(await scene.refusedFrame(type, data)).toStrictEqual(INVALID);
  });

  it('without data', async () => {
    expect(await scene.refusedFrame(type, undefined)).toStrictEqual(INVALID);
  });
});

it('a ping needs no data, and takes any object', async () => {
  const { attacker } = scene;
  for (const text of ['{"type":"ping"}', '{"type":"ping","data":null}']) {
    attacker.raw(text);
    await attacker.next('pong');
  }
  await attacker.request('ping', { anything: [1, 2, 3] }, 'pong');
});

describe('too much', () => {
  it('at once: each frame is answered, those beyond what may wait with RATE_LIMITED', async () => {
    const client = await scene.app.salon(someone('hasty'));
    for (const n of range(1, 1_000)) client.send('join_room', { room: `none-${n}` });
    for (const _ of range(1, 1_000)) await client.next('error');
    const codes = new Set(client.received('error').map(({ code }) => code));
    expect([...codes].sort()).toEqual(['RATE_LIMITED', 'ROOM_NOT_FOUND']);
  });

  it('in one frame closes with 1009', async () => {
    const client = await scene.app.salon(someone('large'));
    client.send('ping', { padding: 'x'.repeat(256 * 1024) });
    expect(await client.closed()).toMatchObject({ code: 1009 });
  });

  it('that is no frame closes with 1008', async () => {
    const client = await scene.app.salon(someone('babbler'));
    for (const _ of range(1, 50)) client.raw('babble');
    expect(await client.closed()).toMatchObject({ code: 1008 });
    expect(client.received('error')).toHaveLength(50);
  });
});

it('a binary frame closes with 1003', async () => {
  const client = await scene.app.salon(someone('binary'));
  client.raw(Buffer.from('{"type":"ping","data":{}}'));
  expect(await client.closed()).toMatchObject({ code: 1003 });
});
