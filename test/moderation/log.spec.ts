import { expect, it } from 'vitest';
import { createDatabase } from '../support/database.js';
import { restClient } from '../support/rest-client.js';
import { Service } from '../support/service.js';
import { someone, tokenFor } from '../support/tokens.js';
import { outcomeOf } from './support/rules.js';

const MARKER = 'zx81marker';

it('the log says who was refused what by which rules, and nothing of what was in it', async () => {
  const database = await createDatabase();
  const service = await Service.start({ DATABASE_URL: database.url, LOG_LEVEL: 'trace' });
  try {
    const [alice, bob, guard] = [someone('alice'), someone('bob'), someone('guard', ['moderator'])];
    const id = await service.conversation([bob, alice]);
    const client = restClient(service.url, await tokenFor(alice));
    const staff = restClient(service.url, await tokenFor(guard));
    await staff.put('/moderation/rules', {
      words: { blocked: [MARKER] },
      mentions: { max: 0 },
      bursts: { max: 1, seconds: 3_600 },
    });
    const say = async (place: number | string, content: string) =>
      outcomeOf(await client.post(`/conversations/${place}/messages`, { content }));
    expect(await say(id, `${MARKER} @bob`)).toBe('CONTENT_REJECTED');
    expect(await say(`private_${bob.id}_${alice.id}`, MARKER)).toBe('CONTENT_REJECTED');
    expect(await say(`no%20name%20${MARKER}`, MARKER)).toBe('CONTENT_REJECTED');
    expect([await say(id, 'one'), await say(id, 'two')]).toEqual(['sent', 'RATE_LIMITED']);
    await service.end('SIGKILL');
    const lines = service.log.join('').split('\n');
    const told = lines
      .filter((line) => line.includes('MODERATION_REJECTED'))
      .map((line) => JSON.parse(line) as object);
    const entry = { event: 'MODERATION_REJECTED', userId: String(alice.id), dialect: 'chat' };
    expect(told).toEqual(
      [
        { ...entry, rules: ['words', 'mentions'], conversation: id },
        { ...entry, rules: ['words'], conversation: `private_${alice.id}_${bob.id}` },
        { ...entry, rules: ['words'], conversation: null },
        { ...entry, rules: ['bursts'], conversation: id },
      ].map((fields): unknown => expect.objectContaining(fields)),
    );
    expect(service.log.join('')).not.toContain(MARKER);
  } finally {
    await service.remove();
    await database.drop();
  }
}, 120_000);
