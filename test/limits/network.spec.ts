import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../../src/core/model/network.js';
import { clientAddress } from '../../src/transport/client-address.js';

describe('what an address counts by', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:50123', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['::ffff:255.255.255.255', '255.255.255.255'],
    ['0:0:0:0:0:ffff:0.0.0.1', '0.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['[2001:db8:1:2::7]:443', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['unknown', 'unknown'],
    ['', ''],
    ['300.1.1.1', '300.1.1.1'],
    ['[nonsense]:1', 'nonsense'],
    ['x'.repeat(10_000), 'x'.repeat(64)],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the address of a request', () => {
  const request = (forwarded?: string | string[], remoteAddress = '::ffff:10.0.0.1') =>
    ({
      socket: { remoteAddress },
      headers: { 'x-forwarded-for': forwarded },
    }) as unknown as IncomingMessage;

  it.each<[string | string[] | undefined, number, string]>([
    [undefined, 0, '10.0.0.1'],
    ['192.0.2.1', 0, '10.0.0.1'],
    ['192.0.2.1', 1, '192.0.2.1'],
    ['192.0.2.9, 192.0.2.1', 1, '192.0.2.1'],
    ['192.0.2.9, 192.0.2.1', 2, '192.0.2.9'],
    ['192.0.2.9, 192.0.2.1', 5, '192.0.2.9'],
    [['192.0.2.9', '192.0.2.1'], 1, '192.0.2.1'],
    [' , ,', 1, '10.0.0.1'],
    ['2001:db8::1', 1, '2001:db8::1'],
  ])('with X-Forwarded-For %j behind %i proxies is %s', (forwarded, hops, address) => {
    expect(clientAddress(request(forwarded), hops)).toBe(address);
  });
});
