import { expect, it } from 'vitest';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/persistence/data-source.js';
import { cleanups } from '../support/cleanups.js';

const after = cleanups();

/** One message of the server, as PostgreSQL's protocol frames it. */
function serverMessage(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const WELCOME = [
  serverMessage('R', Buffer.from([0, 0, 0, 0])),
  serverMessage('Z', Buffer.from('I')),
];
const ENDED = serverMessage('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

/** A server that ends every session in the moment it begins: an administrator may hit just that. */
async function endingServer(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([...WELCOME, ENDED])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after.add(() => server.close());
  return `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/nothing`;
}

it('a session that ends as it begins fails its query, not the process', async () => {
  const source = new DataSource(dataSourceOptions(await endingServer(), 1));
  await expect(source.initialize()).rejects.toThrow(/connection error|terminat/i);
});
