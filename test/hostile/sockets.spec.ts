import { describe, it } from 'vitest';
import { corpus, type HttpInput, type SocketInput } from './support/corpus.js';
import { RELAY, SALON, STRANGER } from './support/doors.js';
import { attackOverHttp } from './support/http-exchange.js';
import { useScene } from './support/scene.js';
import { attackOverSocket } from './support/socket-exchange.js';

const scene = useScene();

describe('an upgrade', () => {
  it.each(corpus<HttpInput>('upgrades'))('%s', (_, input) => attackOverHttp(scene(), input));
});

describe('on a raw WebSocket', () => {
  it.each(corpus<SocketInput>('frames'))('%s', (_, input) =>
    attackOverSocket(scene(), SALON, input),
  );
});

describe('to the relay', () => {
  it.each(corpus<SocketInput>('relay'))('%s', (_, input) =>
    attackOverSocket(scene(), RELAY, input),
  );
});

describe('to sign in with', () => {
  it.each(corpus<SocketInput>('sign-in'))('%s', (_, input) =>
    attackOverSocket(scene(), STRANGER, input),
  );
});

describe('after all of it', () => {
  it('nothing unexpected was logged, and nothing stayed', () => scene().leavesNothing());
});
