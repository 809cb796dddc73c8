/**
 * Puts programs of Debian at hand without installing them: packages are unpacked once into `<cacheDir>/<name>`, and nothing
 * of the system is changed.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder above the packages' `usr/`. One installer at a time: others wait for it.
 * @param {{ cacheDir: string, name?: string, packages: string[], remedy: string, size: string }} wanted remedy: what to do where it fails
 * @param {{ say: (text: string) => void, run: Function, withLock: Function }} tools of setup.mjs
 */
export async function unpackDebian({ cacheDir, name = 'debian', packages, remedy, size }, { say, run, withLock }) {
  const root = join(cacheDir, name);
  if (existsSync(join(root, 'installed'))) return root;
  await mkdir(cacheDir, { recursive: true });
  await withLock(join(cacheDir, `${name}.lock`), async () => {
    if (existsSync(join(root, 'installed'))) return;
    say(`unpacking ${packages.join(', ')} (${size})`);
    try {
      await unpack(root, packages, run);
    } catch (e) {
      throw new Error(`${remedy}\n${e.message}`, { cause: e });
    }
  });
  return root;
}

async function unpack(root, packages, run) {
  const making = `${root}.new`;
  const debs = `${root}.debs`;
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
