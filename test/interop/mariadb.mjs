/**
 * Puts a MariaDB server at hand, once: the one that is installed, or Debian's packages unpacked into `.cache/mariadb/`.
 * Gives the folder above `usr/`.
 */
import { existsSync } from 'node:fs';
import { unpackDebian } from './debian.mjs';

/** The server, and the libraries it needs that are not on every system. */
const packages = ['mariadb-server', 'mariadb-server-core', 'mariadb-client-core', 'liburing2', 'libaio1', 'libnuma1'];
const remedy = 'The interop tests need a MariaDB server (Debian: apt-get install mariadb-server, or apt-get update).';

/** @param {{ cacheDir: string, say: (text: string) => void, run: Function, withLock: Function }} tools of setup.mjs */
export async function installMariadb({ cacheDir, ...tools }) {
  if (['/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db'].every((path) => existsSync(path))) {
    tools.say('MariaDB of the system');
    return '/';
  }
  const root = await unpackDebian({ cacheDir, packages, remedy, size: '12 MB' }, tools);
  tools.say('MariaDB ready in .cache/mariadb');
  return root;
}
