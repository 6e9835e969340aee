import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/persistence/data-source.js';

/** For the TypeORM CLI: `DATABASE_URL=… npm run migration -- migration:show`. */
const url = process.env.DATABASE_URL;
if (!url) throw new Error('Set DATABASE_URL: the CLI does not start the embedded database');

export default new DataSource(dataSourceOptions(url, 2));
