import { existsSync } from 'node:fs';
import { EnvironmentError, readEnvironment, type Environment } from './config/environment.js';

/** The environment and `.env` beside it. Where it is not valid the process says why, and ends. */
export function environmentOrExit(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env');
  try {
    return readEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78); // EX_CONFIG
  }
}
