import type { IncomingMessage, ServerResponse } from 'node:http';

/** What polling, its preflights and upgrades are made of. */
const METHODS = ['GET', 'POST', 'OPTIONS'];

/** Engine.IO would answer any other method by 500, as if the fault were ours. */
export function refuseOtherMethods(
  { method = '' }: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  if (METHODS.includes(method)) next();
  else response.writeHead(405, { Allow: METHODS.join(', '), Connection: 'close' }).end();
}
