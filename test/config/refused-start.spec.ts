import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, ServiceProcess } from '../process/support/service.js';

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe('a process with a bad environment', () => {
  let service: ServiceProcess | null = null;
  afterEach(async () => {
    await service?.end();
    service = null;
  });

  it.each([
    ['production without a key', {}, /JWT_SECRET: must be set in production/],
    ['a short secret', { JWT_SECRET: 'hunter2' }, /JWT_SECRET: must be at least 32 bytes/],
    [
      'a database it does not know',
      { DATABASE_URL: 'mysql://root:hunter2@localhost/x' },
      /DATABASE_URL: must be a URL starting with postgres:/,
    ],
    [
      'a public key that is none',
      { JWT_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----\nhunter2\n-----END PUBLIC KEY-----' },
      /JWT_PUBLIC_KEY: must be a public key in PEM/,
    ],
    [
      'several workers without Redis',
      { JWT_SECRET: 's'.repeat(32), WORKERS: '2' },
      /REDIS_URL: must be set for more than one worker/,
    ],
    ['workers that are no number', { WORKERS: 'four' }, /WORKERS: must be a whole number/],
  ])('names the variable and the rule, and ends: %s', async (_, variables, expected) => {
    const port = await freePort();
    service = new ServiceProcess({ NODE_ENV: 'production', PORT: String(port), ...variables });
    const { code } = await service.exited;
    expect(code).toBe(78);
    expect(service.stderr).toMatch(expected);
    expect(service.stderr + service.stdout).not.toContain('hunter2');
    expect(service.stdout).toBe('');
    expect(await isListening(port)).toBe(false);
  });

  it('reads the number of workers from the command line, which wins', async () => {
    service = new ServiceProcess({ WORKERS: '1' }, ['--workers', 'four']);
    expect((await service.exited).code).toBe(78);
    expect(service.stderr).toMatch(/WORKERS: must be a whole number from 1 to 64/);
  });

  it('says what may be asked of it', async () => {
    service = new ServiceProcess({}, ['--help']);
    expect((await service.exited).code).toBe(0);
    expect(service.stdout).toContain('--workers <number>');
  });
});
