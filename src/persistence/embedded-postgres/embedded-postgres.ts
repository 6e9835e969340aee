import { prepareRuntime, type EventLog } from './runtime.js';
import { Supervisor } from './supervisor.js';
import { takeOver } from './take-over.js';

export interface EmbeddedPostgresOptions {
  /**
   * Folder of the database, made where missing (mode 0700; 0711 when root makes it). Holds
   * `cluster/`, `password` (0600) and `server.log`.
   */
  dataDir: string;
  /** Further settings of PostgreSQL, for example { fsync: 'off' } in tests. */
  settings?: Readonly<Record<string, string>>;
  /** Called with one short line per notable event. Never with secrets. */
  log?: EventLog;
}

/**
 * A PostgreSQL server of our own on a loopback port, kept running until `stop()`.
 * See docs/decisions/0002-embedded-postgres.md.
 */
export class EmbeddedPostgres {
  private stopped: Promise<void> | undefined;

  private constructor(
    /** Stays the same for the life of this object, through any crash of the server. */
    readonly url: string,
    private readonly supervisor: Supervisor,
  ) {
    process.once('exit', this.onExit);
  }

  /**
   * Resolves when the server accepts connections and is ours alone.
   * Fails with EmbeddedPostgresError, whose text says what the operator can do, leaving nothing running.
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const log = options.log ?? (() => undefined);
    const runtime = await prepareRuntime(options.dataDir, options.settings ?? {}, log);
    const held = await takeOver(runtime);
    const address = `127.0.0.1:${held.postmaster.port}`;
    const url = `postgres://causerie:${runtime.secret.service}@${address}/causerie`;
    return new EmbeddedPostgres(url, new Supervisor(runtime, held));
  }

  /** Process id of the server that runs now; another one after a restart. */
  get pid(): number {
    return this.supervisor.pid;
  }

  /** Ends the server and resolves when it has ended. May be called again. */
  stop(): Promise<void> {
    this.stopped ??= this.supervisor.stop().finally(() => process.off('exit', this.onExit));
    return this.stopped;
  }

  /** Whoever calls process.exit without stop() shall not leave a server behind either. */
  private readonly onExit = (): void => {
    this.supervisor.abandon();
  };
}
