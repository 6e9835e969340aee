import { describe, it } from 'vitest';
import { corpus, type HttpInput } from './support/corpus.js';
import { attackOverHttp } from './support/http-exchange.js';
import { useScene } from './support/scene.js';

const scene = useScene();

describe.each(['rest', 'graphql', 'uploads'])('over HTTP, to %s', (door) => {
  it.each(corpus<HttpInput>(door))('%s', (_, input) => attackOverHttp(scene(), input));
});

describe('after all of it', () => {
  it('nothing unexpected was logged, and nothing stayed', () => scene().leavesNothing());
});
