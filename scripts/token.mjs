// `npm run token -- --sub 5 --username alice --roles admin --ttl 1h`: prints a JWT.
import { existsSync } from 'node:fs';
import { Command } from 'commander';

const { developmentSecret } = await import('../dist/src/auth/development-secret.js');
const { issueToken } = await import('../dist/src/auth/token-issuer.js');
const { readEnvironment } = await import('../dist/src/config/environment.js');

const options = new Command('token')
  .description('Prints a JWT signed with JWT_SECRET, or with the development secret.')
  .requiredOption('--sub <id>', "the user's id")
  .option('--username <name>', "the user's name")
  .option('--roles <list>', 'comma-separated: user, moderator, admin, superuser')
  .option('--ttl <duration>', 'how long it is good for: 30m, 12h, 7d', '12h')
  .parse()
  .opts();

if (existsSync('.env')) process.loadEnvFile('.env');
try {
  const environment = readEnvironment(process.env);
  const secret = environment.isDevelopment
    ? developmentSecret(environment.DATA_DIR)
    : environment.JWT_SECRET;
  if (secret === null) throw new Error('Only JWT_SECRET can sign: the keys in use are public.');
  const roles = options.roles?.split(',');
  process.stdout.write(`${await issueToken(secret, { ...options, roles })}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
