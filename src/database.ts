import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Environment } from './config/environment.js';
import { EmbeddedPostgres } from './persistence/embedded-postgres/embedded-postgres.js';

export interface Database {
  readonly url: string;
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

/** The database named by the environment, else a PostgreSQL of our own under DATA_DIR. */
export async function openDatabase(environment: Environment): Promise<Database> {
  const { DATABASE_URL, DATA_DIR } = environment;
  if (DATABASE_URL !== null) {
    return { url: DATABASE_URL, isEmbedded: false, stop: () => Promise.resolve() };
  }
  const logger = new Logger('EmbeddedPostgres');
  const postgres = await EmbeddedPostgres.start({
    dataDir: join(DATA_DIR, 'postgres'),
    log: (event, details) => logger.log({ event, ...details }),
  });
  return { url: postgres.url, isEmbedded: true, stop: () => postgres.stop() };
}
