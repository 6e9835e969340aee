import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { startApp, type TestApp } from '../support/app.js';
import { runSample } from '../support/documents.js';
import { someone, tokenFor } from '../support/tokens.js';

const TEXT = readFileSync('docs/protocols/chat.md', 'utf8');

/** Runs the sample under "Missing nothing" with what it takes for granted. */
function runDocumentedClient(globals: { socket: unknown; console: unknown }): void {
  const [, sample] = /## Missing nothing[\s\S]*?```js\n([\s\S]*?)```/.exec(TEXT) ?? [];
  if (!sample) throw new Error('The sample is not where it was');
  runSample(sample, globals);
}

describe('the client that docs/protocols/chat.md shows', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it.each([['websocket'], ['polling']])(
    'over %s shows every message once and in order, through reconnections under load',
    async (transport) => {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const id = await app.conversation([alice, bob]);
      const writer = await app.connect(alice);
      const shown: string[] = [];
      const socket = io(`${app.url}/chat`, {
        auth: { token: await tokenFor(bob) },
        transports: [transport],
        forceNew: true,
        reconnectionDelay: 10,
      });
      // The sample speaks of conversation 1.
      const forConversation = new Proxy(socket, {
        get(target, name) {
          if (name === 'emitWithAck') {
            return (event: string, payload: object) =>
              target.emitWithAck(event, { ...payload, conversationId: id });
          }
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      });
      const console = { log: (line: string) => shown.push(line), error: fail };
      runDocumentedClient({ socket: forConversation, console });
      for (let round = 0; round < 10; round++) {
        if (!socket.connected)
          await new Promise<void>((resolve) => socket.once('connect', resolve));
        const sends = Array.from({ length: 70 }, (_, n) => writer.send(id, `${round}.${n}`));
        socket.io.engine.close();
        await Promise.all(sends);
      }
      const expected = Array.from(
        { length: 700 },
        (_, n) => `alice: ${Math.floor(n / 70)}.${n % 70}`,
      );
      while (shown.length < expected.length) await new Promise((done) => setTimeout(done, 10));
      expect(shown).toEqual(expected);
      socket.disconnect();
    },
  );
});

function fail(...reasons: unknown[]): never {
  throw new Error(reasons.join(' '));
}
