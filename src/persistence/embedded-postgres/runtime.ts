import {
  assertSameMajor,
  clusterMajor,
  openClusterHome,
  type ClusterHome,
} from './cluster-home.js';
import { openClusterSecret, type ClusterSecret } from './cluster-secret.js';
import { initialiseCluster, removeAbandonedDrafts } from './initialise-cluster.js';
import { locateBinaries, type NativeBinaries } from './native-binaries.js';
import { accountForServer, type ServerAccount } from './server-account.js';

export type EventLog = (event: string, details?: Record<string, unknown>) => void;

/** Everything it takes to run one server, found out once per start. */
export interface Runtime {
  readonly home: ClusterHome;
  readonly secret: ClusterSecret;
  readonly binaries: NativeBinaries;
  readonly account: ServerAccount | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: EventLog;
}

/** Finds binaries, account and cluster; initialises the cluster where there is none. */
export async function prepareRuntime(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  log: EventLog,
): Promise<Runtime> {
  const home = openClusterHome(dataDir);
  removeAbandonedDrafts(home.path, log);
  const account = accountForServer(home.cluster);
  const binaries = locateBinaries(account);
  const major = clusterMajor(home);
  if (major !== undefined) assertSameMajor(home, major, binaries.major);
  const runtime = { home, secret: openClusterSecret(home), binaries, account, settings, log };
  if (major === undefined) await initialiseCluster(runtime);
  return runtime;
}
