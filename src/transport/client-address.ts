import type { IncomingMessage } from 'node:http';

/**
 * Where a request comes from: `X-Forwarded-For` counts as far as `hops` trusted proxies wrote it,
 * so that nobody chooses its own address. Limits count it by its `networkOf`.
 */
export function clientAddress({ socket, headers }: IncomingMessage, hops: number): string {
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const chain = [
    socket.remoteAddress ?? 'unknown',
    ...forwarded
      .map((entry) => entry.trim())
      .filter(Boolean)
      .reverse(),
  ];
  const address = chain[Math.min(hops, chain.length - 1)] ?? 'unknown';
  return address.replace(/^::ffff:/, '');
}
