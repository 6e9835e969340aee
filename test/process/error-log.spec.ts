import { describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';

/** Logs what a failed query looks like, in a process of its own, and returns the line. */
const SCRIPT = `
  import { JsonLogger } from './dist/src/logging/json-logger.js';
  const error = Object.assign(new Error('failed'), { code: '22021', parameters: ['MARKER'] });
  new JsonLogger('info').error({ event: 'HTTP_ERROR', error });
`;

describe('a logged error', () => {
  it('names its code and never the values of the query that failed', () => {
    const line = execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT], {
      encoding: 'utf8',
    });
    expect(JSON.parse(line)).toMatchObject({ error: { message: 'failed', code: '22021' } });
    expect(line).not.toContain('MARKER');
  });
});
