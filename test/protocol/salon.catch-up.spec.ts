import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { runSample } from '../support/documents.js';
import { Inbox } from '../support/inbox.js';
import { someone, tokenFor } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const SAMPLES = readFileSync('docs/protocols/salon.md', 'utf8').matchAll(/```js\n([\s\S]*?)```/g);

/** The client that our own document recommends, as it stands there. */
async function documented(room: string) {
  const lines: string[] = [];
  const inbox = new Inbox();
  const sockets: WebSocket[] = [];
  class Redirected extends WebSocket {
    constructor(url: string) {
      super(url.replace('ws://localhost:3000', app.url.replace('http', 'ws')));
      sockets.push(this);
    }
  }
  const globals = {
    WebSocket: Redirected,
    room,
    token: await tokenFor(someone('reader')),
    console: {
      log: (line: string) => {
        lines.push(line);
        inbox.receive({ event: line, payload: {} });
      },
    },
    setTimeout: (again: () => void) => inbox.receive({ event: 'retry', payload: { again } }),
  };
  const source = [...SAMPLES].map(([, sample]) => sample ?? '').find((s) => s.includes('shown'));
  if (!source) throw new Error('No such sample in the document');
  return {
    lines,
    connect: runSample(source, globals, 'connect') as () => void,
    shows: (line: string) => inbox.next(line),
    /** Cuts the connection; resolves with the way to let the client come back. */
    cut: async () => {
      sockets.at(-1)?.terminate();
      return (await inbox.next('retry')).again as () => void;
    },
  };
}

describe('the client of docs/protocols/salon.md', () => {
  it('shows every message once and in order, whatever is said while it is away or returns', async () => {
    const [owner, room] = [someone('writer'), 'catching-up'];
    const id = await app.conversation([owner], { type: 'public', slug: room });
    const writer = await app.connect(owner);
    let written = 0;
    const write = async (count: number) => {
      const texts = range(written + 1, (written += count)).map(String);
      await Promise.all(texts.map((text) => writer.send(id, text)));
    };
    await write(150);
    const reader = await documented(room);
    reader.connect();
    await Promise.all([reader.shows('writer: 150'), write(20)]);
    await reader.shows('writer: 170');
    for (const missed of [0, 1, 99, 200]) {
      const comeBack = await reader.cut();
      await write(missed);
      comeBack();
      await write(100);
      await reader.shows(`writer: ${written}`);
    }
    expect(reader.lines).toEqual(range(1, written).map((n) => `writer: ${n}`));
  });
});
