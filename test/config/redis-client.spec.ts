import { describe, expect, it } from 'vitest';
import { redisAddress } from '../../src/config/redis-address.js';
import { connectionOptions } from '../../src/redis/redis-client.js';

const optionsOf = (url: string) => {
  const address = redisAddress(url);
  if (!address) throw new Error(`No address: ${url}`);
  return connectionOptions(address, {});
};

describe('a connection to Redis', () => {
  it.each(['rediss://h', 'rediss+sentinel://h/name', 'rediss+cluster://h'])(
    'is encrypted: %s',
    (url) => {
      expect(optionsOf(url).tls).toEqual({});
      expect(optionsOf(url.replace('rediss', 'redis'))).not.toHaveProperty('tls');
    },
  );

  it('is encrypted to Sentinels, too, and to whom they name', () => {
    const encryption = { enableTLSForSentinelMode: true, sentinelTLS: {} };
    expect(optionsOf('rediss+sentinel://h/name')).toMatchObject(encryption);
    for (const name of Object.keys(encryption)) {
      expect(optionsOf('redis+sentinel://h/name')).not.toHaveProperty(name);
    }
  });

  it('gives Sentinels what the server is given', () => {
    expect(optionsOf('redis+sentinel://user:pass@h/name')).toMatchObject({
      ...{ username: 'user', password: 'pass' },
      ...{ sentinelUsername: 'user', sentinelPassword: 'pass' },
    });
    expect(optionsOf('redis+sentinel://h/name')).not.toHaveProperty('sentinelPassword');
  });
});
