import { describe, expect, it } from 'vitest';
import { ChatClient } from '../support/chat-client.js';
import { FrameClient } from '../support/frame-client.js';
import { restClient } from '../support/rest-client.js';
import { toBuffer } from './support/bytes.js';
import { corpus, type TokenInput } from './support/corpus.js';
import { useScene } from './support/scene.js';

const scene = useScene();

/** What each door makes of it: `ok`, or the code of the refusal. */
const doors = {
  'over HTTP': async (token: string): Promise<string> => {
    const { body } = await restClient(scene().service.url, token).get('/users/me');
    return (body as { code?: string }).code ?? 'ok';
  },

  'over Socket.IO': async (token: string): Promise<string> => {
    const options = { transports: ['websocket'], reconnection: false };
    const client = new ChatClient(scene().service.url, token, options);
    try {
      return await Promise.race([
        client.connected().then(() => 'ok'),
        client.refused().then(({ data }) => String(data?.code)),
      ]).catch((error: unknown) => String((error as { data?: { code?: string } }).data?.code));
    } finally {
      client.close();
    }
  },

  'over a raw WebSocket': async (token: string): Promise<string> => {
    const base = scene().service.url.replace('http', 'ws');
    const client = new FrameClient(`${base}/ws/chat?token=${encodeURIComponent(token)}`);
    try {
      await client.opened();
      client.send('ping');
      const answers = [client.next('pong').then(() => 'ok'), client.next('error')];
      const answer = await Promise.race(answers);
      return typeof answer === 'string' ? answer : String(answer.code);
    } finally {
      client.close();
    }
  },
};

describe.each(Object.entries(doors))('a token %s', (_door, present) => {
  it.each(corpus<TokenInput>('tokens'))('%s', async (_, { token, expect: wanted }) => {
    expect(await present(toBuffer(token, scene().names).toString())).toBe(wanted);
  });
});

describe('after all of it', () => {
  it('nothing unexpected was logged, and nothing stayed', () => scene().leavesNothing());
});
