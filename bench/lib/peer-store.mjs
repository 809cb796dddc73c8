import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebian } from '../../test/interop/debian.mjs';
import { run, say, withLock } from '../../test/interop/setup.mjs';
import { dropDirectory, ownDirectory } from './processes.mjs';

export const cacheDir = join(import.meta.dirname, '../../.cache/bench');

/** A program out of a Debian package, unpacked into `.cache/bench/` at the first need. */
export async function debianProgram(packageName, program, size) {
  const remedy = `This benchmark needs Debian's ${packageName}: apt-get must be able to download it (apt-get update).`;
  const wanted = { cacheDir, name: `debian-${packageName}`, packages: [packageName], remedy, size };
  return join(await unpackDebian(wanted, { say, run, withLock }), program);
}

/**
 * A copy of a data directory that `load` fills at the first need and that is kept in `.cache/bench/<name>`: a run starts
 * with the same bytes on the disk, and spoils none.
 */
export async function loadedCopy(name, load) {
  const kept = join(cacheDir, name);
  if (!existsSync(kept)) {
    mkdirSync(cacheDir, { recursive: true });
    await withLock(`${kept}.lock`, async () => {
      if (existsSync(kept)) return;
      const making = `${kept}.new`;
      rmSync(making, { recursive: true, force: true });
      mkdirSync(making);
      say(`loading ${name}, once`);
      await load(making);
      renameSync(making, kept);
    });
  }
  const directory = ownDirectory(name);
  cpSync(kept, directory, { recursive: true });
  return { directory, drop: () => dropDirectory(directory) };
}
