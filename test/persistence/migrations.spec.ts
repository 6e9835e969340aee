import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { dataSourceOptions } from '../../src/persistence/data-source.js';
import { migrate } from '../../src/persistence/migrate.js';
import { migrations } from '../../src/persistence/migrations/index.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';

/** Everything of ours in a schema: tables, partitions, indexes, sequences, functions. */
const OBJECTS = `
  SELECT relkind::text || ' ' || relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    AND oid NOT IN (SELECT indexrelid FROM pg_index WHERE indrelid = to_regclass('migrations'))
  UNION ALL SELECT 'f ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  ORDER BY name`;

describe('the migrations', () => {
  let database: TestDatabase;
  const open: DataSource[] = [];

  beforeEach(async () => void (database = await createEmptyDatabase()));
  afterEach(async () => {
    for (const source of open.splice(0)) await source.destroy();
    await database.drop();
  });

  /** With the first `count` migrations, as a release before the others had them. */
  const connect = async (count = migrations.length) => {
    const options = dataSourceOptions(database.url, 4);
    const known = { ...options, migrations: migrations.slice(0, count) };
    const source = await new DataSource(known).initialize();
    open.push(source);
    return source;
  };
  const objects = async () => (await database.query(OBJECTS)).map(({ name }) => String(name));
  /** Without what TypeORM keeps its account in. */
  const ourObjects = async () => (await objects()).filter((name) => !name.includes(' migrations'));
  const undoAll = async (source: DataSource) => {
    for (const _ of migrations) await source.undoLastMigration();
  };

  it('build the schema on an empty database, take it down to nothing, and build it again', async () => {
    const source = await connect();
    await migrate(source);
    const built = await objects();
    expect(built).toContain('p messages');
    expect(built).toContain('f append_messages');
    await undoAll(source);
    expect(await ourObjects()).toEqual([]);
    await migrate(source);
    expect(await objects()).toEqual(built);
  });

  it('do nothing on a database that has them', async () => {
    const source = await connect();
    await migrate(source);
    const before = await database.query('SELECT * FROM migrations');
    await migrate(source);
    expect(await database.query('SELECT * FROM migrations')).toEqual(before);
    expect(before).toHaveLength(migrations.length);
  });

  it('run once when five processes start at once on one empty database', async () => {
    const sources = await Promise.all(Array.from({ length: 5 }, () => connect()));
    await Promise.all(sources.map(migrate));
    expect(await database.query('SELECT * FROM migrations')).toHaveLength(migrations.length);
  });

  it('leave no lock behind, not even when they fail', async () => {
    const source = await connect();
    await database.query('CREATE TABLE users ()');
    await expect(migrate(source)).rejects.toThrow();
    const locks = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    expect(await database.query(locks)).toEqual([]);
    await database.query('DROP TABLE users');
    await migrate(source);
    expect(await objects()).toContain('r users');
  });

  it('leave nothing half done when they fail', async () => {
    const source = await connect();
    await database.query('CREATE TABLE reactions ()');
    await expect(migrate(source)).rejects.toThrow();
    expect(await ourObjects()).toEqual(['r reactions']);
  });

  it('are taken back one by one, each to what was there before it', async () => {
    const built: string[][] = [];
    for (const [index] of migrations.entries()) {
      await migrate(await connect(index + 1));
      built.push(await objects());
    }
    const source = await connect();
    for (const expected of built.reverse()) {
      expect(await objects()).toEqual(expected);
      await source.undoLastMigration();
    }
    expect(await ourObjects()).toEqual([]);
  });

  describe('and the entities', () => {
    const drift = async (source: DataSource) => {
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      return upQueries.map(({ query }) => query);
    };

    it('describe the same schema', async () => {
      const source = await connect();
      await migrate(source);
      expect(await drift(source)).toEqual([]);
    });

    it.each([
      ['a column more', 'ALTER TABLE messages ADD COLUMN mood text'],
      ['a column less', 'ALTER TABLE messages DROP COLUMN deleted_by'],
      ['another type', 'ALTER TABLE receipts ALTER COLUMN seq TYPE integer'],
      ['a null allowed', 'ALTER TABLE users ALTER COLUMN username DROP NOT NULL'],
      ['another default', 'ALTER TABLE participants ALTER COLUMN joined_at DROP DEFAULT'],
      ['a default less', 'ALTER TABLE uploads ALTER COLUMN links DROP DEFAULT'],
      ['an index less', 'DROP INDEX messages_client_id'],
      ['an index less, of uploads', 'DROP INDEX uploads_unused'],
      ['an index less, of reports', 'DROP INDEX reports_message_reporter'],
      ['an index more', 'CREATE INDEX extra ON conversations (title)'],
    ])('would be caught drifting apart: %s', async (_, change) => {
      const source = await connect();
      await migrate(source);
      await database.query(change);
      expect(await drift(source)).not.toEqual([]);
    });
  });

  describe('through the TypeORM CLI', () => {
    // As `npm run migration` does, on the build that is there: other suites are using it.
    const run = async (program: string, args: string[], variables: Record<string, string> = {}) => {
      const child = spawn(join(PACKAGE_ROOT, 'node_modules/.bin', program), args, {
        cwd: PACKAGE_ROOT,
        env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: '', ...variables },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      }
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, output };
    };
    const cli = (command: string, variables: Record<string, string>) =>
      run('typeorm', ['-d', 'dist/ormconfig.js', command], variables);

    beforeAll(() => run('swc', ['ormconfig.ts', '-d', 'dist', '-q']));

    it('are shown, run and reverted', async () => {
      const url = { DATABASE_URL: database.url };
      /** The marks before the names: `X` where it has run. */
      const marks = async () => {
        const { output } = await cli('migration:show', url);
        return migrations.map(({ name }) => new RegExp(`\\[(.)\\].*${name}`).exec(output)?.[1]);
      };
      expect(await marks()).toEqual(migrations.map(() => ' '));
      expect(await cli('migration:run', url)).toMatchObject({ code: 0 });
      expect(await marks()).toEqual(migrations.map(() => 'X'));
      expect(await objects()).toContain('p messages');
      // Each call takes back one, the newest: that all can be taken back is shown above.
      const newest = [...migrations].reverse().slice(0, 2);
      for (const { name } of newest) {
        const { code, output } = await cli('migration:revert', url);
        expect([code, output]).toEqual([0, expect.stringContaining(name)]);
      }
      expect(await marks()).toEqual(
        migrations.map((migration) => (newest.includes(migration) ? ' ' : 'X')),
      );
    }, 90_000);

    it('ask for a database of yours', async () => {
      const { code, output } = await cli('migration:show', {});
      expect(code).not.toBe(0);
      expect(output).toContain('Set DATABASE_URL');
    });
  });
});
