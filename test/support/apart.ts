import type { AuthOptions } from '../../src/auth/auth.options.js';
import type { TestApp } from './app.js';
import { watchCrossings } from './crossing.js';
import { startNodes } from './nodes.js';

/**
 * Two nodes that a test takes for one application: users are sent to the one and the other in
 * turns, as they come, and stay there. So those who talk to each other are on different nodes.
 */
export async function startApart(
  variables: Record<string, string>,
  auth: AuthOptions,
): Promise<TestApp> {
  const both = await startNodes(variables, auth);
  const { nodes } = both;
  const unwatch = watchCrossings(nodes);
  const [first, second] = nodes;
  const homes = new Map<string, TestApp>();
  const homeOf = (userId: unknown): TestApp => {
    const key = String(userId);
    const home = homes.get(key) ?? (homes.size % 2 === 0 ? first : second);
    homes.set(key, home);
    return home;
  };
  let visitors = 0;
  const homeOfToken = (token: string | null): TestApp => {
    const subject = token === null ? null : subjectOf(token);
    return subject === null ? homeOf(`visitor ${++visitors}`) : homeOf(subject);
  };
  return {
    ...first,
    as: (user) => homeOf(user.id).as(user),
    connect: (user, options) => homeOf(user.id).connect(user, options),
    root: (user, options) => homeOf(user.id).root(user, options),
    salon: (user, query, options) => homeOf(user.id).salon(user, query, options),
    veza: (user, options) => homeOf(user.id).veza(user, options),
    live: (user, place, options) =>
      (user ? homeOf(user.id) : homeOfToken(null)).live(user, place, options),
    dial: (token, options) => homeOfToken(token).dial(token, options),
    dialRaw: (path, options) =>
      homeOfToken(new URL(path, 'ws://node').searchParams.get('token')).dialRaw(path, options),
    stop: async () => {
      unwatch();
      await both.stop();
    },
  };
}

/** Null for what is no token. */
function subjectOf(token: string): string | null {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      sub?: unknown;
    };
    return String(claims.sub);
  } catch {
    return null;
  }
}
