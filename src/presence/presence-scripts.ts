import { createHash } from 'node:crypto';
import type { RedisClient } from '../redis/redis-client.js';

export interface Script {
  readonly text: string;
  readonly hash: string;
}

const script = (text: string): Script => ({
  text,
  hash: createHash('sha1').update(text).digest('hex'),
});

/**
 * Replaces what one node says of a user at a place, and tells what it was and what the others say:
 * in one step, so that of all nodes exactly one finds itself the first or the last.
 *
 * KEYS: what is said of the place, by that node and by each of the others. ARGV: the user, what is
 * said of him now (empty where he is away), and how many connections and users there may be (0
 * for no limit). Returns 1 where that would be exceeded and nothing was done, and what was said.
 */
export const REPLACE = script(`
local user, said = ARGV[1], ARGV[2]
local mostConnections, mostUsers = tonumber(ARGV[3]), tonumber(ARGV[4])
local answer = {0, redis.call('HGET', KEYS[1], user) or ''}
local elsewhere = 0
local wanted = tonumber(string.match(said, '^%d+')) or 0
for i = 2, #KEYS do
  local stay = redis.call('HGET', KEYS[i], user) or ''
  answer[i + 1] = stay
  elsewhere = elsewhere + (tonumber(string.match(stay, '^%d+')) or 0)
end
if wanted > 0 and mostConnections > 0 and elsewhere + wanted > mostConnections then
  answer[1] = 1
end
if wanted > 0 and mostUsers > 0 and elsewhere == 0 and answer[2] == '' then
  local upTo = 0
  for _, key in ipairs(KEYS) do upTo = upTo + redis.call('HLEN', key) end
  if upTo >= mostUsers then
    local seen, users = {}, 0
    for _, key in ipairs(KEYS) do
      for _, one in ipairs(redis.call('HKEYS', key)) do
        if not seen[one] then
          seen[one] = true
          users = users + 1
        end
      end
    end
    if users >= mostUsers then answer[1] = 1 end
  end
end
if answer[1] == 0 then
  if said == '' then redis.call('HDEL', KEYS[1], user) else redis.call('HSET', KEYS[1], user, said) end
end
return answer`);

/** KEYS: the nodes. ARGV: one of them, and what is said of it. Returns what was said before. */
export const MARK = script(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return before`);

/** By its hash: Redis forgets the text only when it is started anew. */
export async function run(
  client: RedisClient,
  { text, hash }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(hash, keys.length, ...keys, ...values);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(text, keys.length, ...keys, ...values);
  }
}
