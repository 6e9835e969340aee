import { describe, it } from 'vitest';
import { corpus, type TextInput } from './support/corpus.js';
import { LIVE, PACKETS, SALON, VEZA } from './support/doors.js';
import { useScene } from './support/scene.js';
import { attackOverSocket } from './support/socket-exchange.js';

const scene = useScene();

describe.each([
  ['chat', PACKETS],
  ['root', PACKETS],
  ['veza', VEZA],
  ['salon', SALON],
  ['live', LIVE],
])('in %s', (dialect, door) => {
  it.each(corpus<TextInput>(dialect))('%s', (_, input) => attackOverSocket(scene(), door, input));
});

describe('after all of it', () => {
  it('nothing unexpected was logged, and nothing stayed', () => scene().leavesNothing());
});
