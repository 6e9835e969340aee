import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';

describe('two people on /chat', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('see each other’s messages, in order', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    await a.join(id);
    await b.join(id);
    await a.send(id, 'hello');
    await b.send(id, 'hi');
    expect(await b.next('message:new')).toMatchObject({ message: { seq: 1, content: 'hello' } });
    expect(
      await a.next('message:new', (e) => (e['message'] as { seq: number }).seq === 2),
    ).toBeTruthy();
  });
});
