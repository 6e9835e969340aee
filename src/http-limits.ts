import type { Server } from 'node:http';

/** The whole of a request, with its file, may take this many times as long as its head. */
const REQUEST_SHARE = 10;
/** Proxies keep a connection for a minute; one that we close first may be in use again by then. */
const KEEP_ALIVE_MS = 65_000;
const CHECK_EVERY_MS = 5_000;

/**
 * Ends connections whose client takes longer than it may to say what it wants. To be called
 * before the server listens: how often it looks, Node reads then.
 */
export function limitHttp(server: Server, headTimeoutMs: number): void {
  server.headersTimeout = headTimeoutMs;
  server.requestTimeout = headTimeoutMs * REQUEST_SHARE;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // An option of `createServer`, which Nest calls without any (Node 20 to 24).
  const connectionsCheckingInterval = Math.min(CHECK_EVERY_MS, headTimeoutMs / 4);
  Object.assign(server, { connectionsCheckingInterval });
}
