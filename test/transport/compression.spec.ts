import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Socket } from 'node:net';
import { startApp, type TestApp } from '../support/app.js';
import { someone, type TestUser } from '../support/tokens.js';

const MAX_FRAME = 64 * 1024;
const ASKING = { subprotocols: ['permessage-deflate'] };
const EXTENSION = 'permessage-deflate';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const compressing = (user: TestUser) => app.salon(user, '', ASKING);

describe('compression', () => {
  it('is for who names it as the subprotocol, too: every browser offers the extension', async () => {
    const user = someone('alice');
    const client = await compressing(user);
    expect(client.socket.extensions).toContain(EXTENSION);
    expect(client.socket.protocol).toBe(EXTENSION);
    const plain = await app.salon(user);
    expect([plain.socket.extensions, plain.socket.protocol]).toEqual(['', '']);
  });

  it('cannot be had without the extension, which is no reason to refuse', async () => {
    const client = await app.salon(someone('alice'), '', { ...ASKING, perMessageDeflate: false });
    expect([client.socket.extensions, client.socket.protocol]).toEqual(['', EXTENSION]);
  });

  it('changes nothing of what is told, nor of its order', async () => {
    const [author, reader] = [someone('author'), someone('reader')];
    const room = await app.conversation([author, reader]);
    const readers = [await compressing(reader), await app.salon(reader)];
    for (const client of readers) await client.join(room);
    const writer = await compressing(author);
    const texts = Array.from({ length: 20 }, (_, n) => `${n} ${'é'.repeat(n * 150)}`);
    for (const content of texts) writer.send('room_message', { room, content });
    for (const content of texts) {
      for (const client of readers) {
        expect(await client.next('room_message')).toMatchObject({ content });
      }
    }
    for (const client of readers)
      expect(client.received('room_message')).toHaveLength(texts.length);
  });

  it('does not let more through than 64 KB, inflated: 1009', async () => {
    const client = await compressing(someone('alice'));
    const ping = '{"type":"ping"}';
    client.raw(ping.padEnd(MAX_FRAME));
    await client.next('pong');
    // A few hundred bytes on the wire.
    client.raw(ping.padEnd(100 * MAX_FRAME));
    expect((await client.closed()).code).toBe(1009);
  });

  it('that is none breaks nothing: 1007', async () => {
    const client = await compressing(someone('alice'));
    const { _socket: wire } = client.socket as unknown as { _socket: Socket };
    // A final text frame, compressed, masked with zeros, of three bytes that are no DEFLATE.
    wire.write(Buffer.from([0xc1, 0x83, 0, 0, 0, 0, 0xff, 0xff, 0xff]));
    expect((await client.closed()).code).toBe(1007);
    await compressing(someone('bob'));
  });
});
