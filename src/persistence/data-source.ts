import type { DataSourceOptions } from 'typeorm';
import { entities } from './entities/index.js';
import { migrations } from './migrations/index.js';
import { PoolClient } from './pool-client.js';

/** How long a statement may wait for a connection before it counts as an outage. */
const CONNECT_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 10_000;

export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    connectTimeoutMS: CONNECT_WITHIN_MS,
    extra: { query_timeout: ANSWER_WITHIN_MS, keepAlive: true, Client: PoolClient },
    applicationName: 'causerie',
    entities,
    migrations,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    synchronize: false,
    logging: false,
  };
}
