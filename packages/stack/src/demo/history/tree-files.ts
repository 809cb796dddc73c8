import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of a tree in OCS's layout. */
export interface TreeFile {
  readonly path: string;
  /** When it was begun, by its name: UNIX seconds. */
  readonly beganAt: number;
}

/** The g3 files of a tree in OCS's layout, the oldest first; none where there is no tree. Others are left alone. */
export async function treeFiles(directory: string): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  for (const folder of await names(directory, /^\d{1,5}$/)) {
    for (const name of await names(join(directory, folder), /^\d+\.g3$/)) {
      files.push({ path: join(directory, folder, name), beganAt: Number.parseInt(name) });
    }
  }
  return files.sort((a, b) => a.beganAt - b.beganAt);
}

async function names(directory: string, pattern: RegExp): Promise<string[]> {
  const found = await readdir(directory).catch(() => []);
  return found.filter((name) => pattern.test(name));
}

export interface TreeBounds {
  /** Files begun longer ago go. */
  readonly maxAgeSec: number;
  /** The oldest files go until the rest is no larger. */
  readonly maxBytes: number;
}

/** Removes the oldest files beyond the bounds, never the newest one. Returns how many. */
export async function pruneTree(directory: string, { maxAgeSec, maxBytes }: TreeBounds, now: number): Promise<number> {
  const files = await treeFiles(directory);
  let kept = 0;
  let removed = 0;
  for (const [i, { path, beganAt }] of files.reverse().entries()) {
    kept += (await stat(path).catch(() => null))?.size ?? 0;
    if (i === 0 || (kept <= maxBytes && now - beganAt <= maxAgeSec)) continue;
    await unlink(path).catch(() => undefined);
    removed++;
  }
  return removed;
}
