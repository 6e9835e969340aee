import { describe, it } from 'vitest';
import { corpus, type HttpInput, type TextInput } from './support/corpus.js';
import { ENGINE, PACKETS } from './support/doors.js';
import { ask, attackOverHttp } from './support/http-exchange.js';
import { useScene } from './support/scene.js';
import { attackOverSocket } from './support/socket-exchange.js';

const scene = useScene();

/** A session of its own for each input, over polling. */
async function session(): Promise<string> {
  const opened = await ask(scene(), { request: 'GET /socket.io/?EIO=4&transport=polling' });
  return /"sid":"([\w-]+)"/.exec(opened)?.[1] ?? '';
}

describe('an Engine.IO session', () => {
  it.each(corpus<HttpInput>('engine'))('%s', async (_, input) =>
    attackOverHttp(scene(), input, { ...scene().names, sid: await session() }),
  );
});

describe.each([
  ['strangers', ENGINE],
  ['packets', PACKETS],
])('of Socket.IO’s %s', (door, way) => {
  it.each(corpus<TextInput>(door))('%s', (_, input) => attackOverSocket(scene(), way, input));
});

describe('after all of it', () => {
  it('nothing unexpected was logged, and nothing stayed', () => scene().leavesNothing());
});
