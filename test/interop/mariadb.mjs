/**
 * Puts a MariaDB server at hand, once: the one that is installed, or Debian's packages unpacked into `.cache/mariadb/`
 * (nothing of the system is changed). Gives the folder above `usr/`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The server, and the libraries it needs that are not on every system. */
const packages = ['mariadb-server', 'mariadb-server-core', 'mariadb-client-core', 'liburing2', 'libaio1', 'libnuma1'];
const remedy = 'The interop tests need a MariaDB server (Debian: apt-get install mariadb-server, or apt-get update).';

/** @param {{ cacheDir: string, say: (text: string) => void, run: Function, withLock: Function }} tools of setup.mjs */
export async function installMariadb({ cacheDir, say, run, withLock }) {
  if (['/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db'].every((path) => existsSync(path))) {
    say('MariaDB of the system');
    return '/';
  }
  const root = join(cacheDir, 'debian');
  if (!existsSync(join(root, 'installed'))) {
    await mkdir(cacheDir, { recursive: true });
    await withLock(join(cacheDir, 'debian.lock'), async () => {
      if (existsSync(join(root, 'installed'))) return;
      say(`unpacking ${packages.join(', ')} (12 MB)`);
      try {
        await unpack(cacheDir, root, run);
      } catch (e) {
        throw new Error(`${remedy}\n${e.message}`, { cause: e });
      }
    });
  }
  say('MariaDB ready in .cache/mariadb');
  return root;
}

async function unpack(cacheDir, root, run) {
  const making = `${root}.new`;
  const debs = join(cacheDir, 'debs');
  for (const old of [making, debs, root]) await rm(old, { recursive: true, force: true });
  await mkdir(debs, { recursive: true });
  const download = async () => run('apt-get', ['-q', 'download', ...packages], 'apt-get download', { cwd: debs });
  try {
    await download();
  } catch {
    // Package lists may be old or missing.
    await run('apt-get', ['-q', 'update'], 'apt-get update');
    await download();
  }
  for (const deb of await readdir(debs)) await run('dpkg', ['-x', join(debs, deb), making], `dpkg -x ${deb}`);
  await writeFile(join(making, 'installed'), `${(await readdir(debs)).join('\n')}\n`);
  await rename(making, root);
  await rm(debs, { recursive: true, force: true });
}
