import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.js';

/** Any constant: processes that start together on one database take turns by it. */
const MIGRATION_LOCK = 0x6361_7573;

/** Runs the pending migrations, one process at a time. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

/** As `migrate`, on connections of its own: waiting for the lock, or migrating, may take its time. */
export async function migrateDatabase(url: string): Promise<void> {
  const dataSource = new DataSource({ ...dataSourceOptions(url, 2), extra: {} });
  await dataSource.initialize();
  try {
    await migrate(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
