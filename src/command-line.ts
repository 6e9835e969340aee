import { Command } from 'commander';

/** Sets what the command line says, which then wins over the environment and `.env`. */
export function readCommandLine(argv: readonly string[]): void {
  const { workers } = new Command('npm start --')
    .description('Starts Causerie. Everything else is set by variables: see .env.example.')
    .option('--workers <number>', 'processes that share the port, as WORKERS (1)')
    .showHelpAfterError()
    .parse(argv)
    .opts<{ workers?: string }>();
  if (workers !== undefined) process.env.WORKERS = workers;
}
