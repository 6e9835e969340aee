import { isIP, isIPv6 } from 'node:net';

/** What is no address, as a proxy may write it, is cut off here. */
const MAX_LENGTH = 64;
const MAPPED = /^0:0:0:0:0:ffff:([0-9a-f]+):([0-9a-f]+)$/;

/**
 * By what an address counts towards limits: an IPv4 address by itself, also where it comes as
 * IPv6, and an IPv6 address by its /64, which is what one customer gets.
 */
export function networkOf(address: string): string {
  const bare = withoutPort(address);
  if (!isIPv6(bare)) return bare.slice(0, MAX_LENGTH);
  const groups = groupsOf(bare);
  const [, high, low] = MAPPED.exec(groups.join(':')) ?? [];
  if (high !== undefined && low !== undefined)
    return dotted(parseInt(high + low.padStart(4, '0'), 16));
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Some proxies write the port behind the address. */
function withoutPort(address: string): string {
  if (isIP(address)) return address;
  const [, inBrackets, ipv4] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(address) ?? [];
  return inBrackets ?? ipv4 ?? address;
}

/** All eight, written in one way only. */
function groupsOf(ipv6: string): string[] {
  const [withoutZone = ''] = ipv6.split('%');
  const canonical = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const [head = [], tail] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  if (!tail) return head;
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}

const dotted = (ipv4: number): string =>
  [24, 16, 8, 0].map((bits) => (ipv4 >>> bits) & 255).join('.');
