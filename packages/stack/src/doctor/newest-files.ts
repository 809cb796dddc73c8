import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface SeenFile {
  readonly path: string;
  readonly size: number;
  /** UNIX seconds. */
  readonly changedAt: number;
}

const mostFiles = 5;
const mostDirectories = 10_000;

/** The last g3 files of a tree by their paths, which in OCS's layout are the newest. @throws what the file system says */
export async function newestFiles(directory: string, signal: AbortSignal): Promise<SeenFile[]> {
  const paths: string[] = [];
  const waiting = [directory];
  for (let seen = 0; waiting.length > 0 && paths.length < mostFiles && seen < mostDirectories; seen++) {
    signal.throwIfAborted();
    const at = waiting.pop()!;
    const entries = (await readdir(at, { withFileTypes: true })).sort(byName);
    // The last one is looked at first.
    waiting.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(at, entry.name)));
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.g3'));
    paths.push(...files.slice(paths.length - mostFiles).map((entry) => join(at, entry.name)));
  }
  return Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, changedAt: mtimeMs / 1000 };
    }),
  );
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
