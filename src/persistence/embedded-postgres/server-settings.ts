/** Why each differs from PostgreSQL's default: one small machine, one application, short statements. */
const settings: Readonly<Record<string, string>> = {
  // Reachable from this machine only, and through the port only.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  cluster_name: 'causerie',
  max_connections: '100',
  shared_buffers: '128MB',
  // Chat writes steadily: fewer, longer checkpoints cost less, and recovery still takes seconds.
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  // Waste on statements of a millisecond, and parallel workers need a large /dev/shm, which containers lack.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  // Nearly everything is read from memory: no helper processes for reading.
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // The server's own state, but no failing statements: they would carry message text into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
};

/** The server's command line for `port`, the caller's settings last, as PostgreSQL takes the last word. */
export function serverArguments(port: number, extra: Readonly<Record<string, string>>): string[] {
  const all = { ...settings, ...extra, port: String(port) };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
