import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { refuseForNow } from '../../src/transport/refuse-upgrade.js';

it('a client that resets as its upgrade is refused ends nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [wire] = (await once(server, 'connection')) as [Socket];
  refuseForNow(wire);
  // What nobody hears is thrown, and that ends a process.
  expect(() => wire.emit('error', new Error('read ECONNRESET'))).not.toThrow();
  client.destroy();
  server.close();
});
