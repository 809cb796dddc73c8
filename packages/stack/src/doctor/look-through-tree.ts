import { constants, type Dirent } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathErrorCode } from '@sisock/runtime';

export interface SeenFile {
  readonly path: string;
  readonly size: number;
  /** UNIX seconds. */
  readonly changedAt: number;
}

export interface SeenTree {
  /** The last g3 files by their paths, which in OCS's layout are the newest. */
  readonly newest: readonly SeenFile[];
  /** Directories that can't be looked at, with the error of the system. */
  readonly shut: readonly { readonly path: string; readonly why: string }[];
}

const mostFiles = 5;
const mostDirectories = 10_000;

/** Looks through the directories of a tree. Throws only when the signal ends it. */
export async function lookThroughTree(directory: string, signal: AbortSignal): Promise<SeenTree> {
  const paths: string[] = [];
  const shut: { path: string; why: string }[] = [];
  const waiting = [directory];
  for (let seen = 0; waiting.length > 0 && seen < mostDirectories; seen++) {
    signal.throwIfAborted();
    const at = waiting.pop()!;
    try {
      await access(at, constants.R_OK | constants.X_OK);
      const entries = (await readdir(at, { withFileTypes: true })).sort(byName);
      // The last one is looked at first.
      waiting.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(at, entry.name)));
      if (paths.length >= mostFiles) continue;
      const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.g3'));
      paths.push(...files.slice(paths.length - mostFiles).map((entry) => join(at, entry.name)));
    } catch (error) {
      shut.push({ path: at, why: pathErrorCode(error) });
    }
  }
  const newest = await Promise.all(paths.map(look));
  return { newest: newest.filter((file) => file !== null), shut };
}

/** Null for a file that went meanwhile. */
async function look(path: string): Promise<SeenFile | null> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { path, size, changedAt: mtimeMs / 1000 };
  } catch {
    return null;
  }
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
