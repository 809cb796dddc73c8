import { realpath, stat } from 'node:fs/promises';
import { codeOf, stampOf } from './file-stamp.js';
import { isWithin, listDirectory, type TreeFile } from './list-directory.js';

export interface WalkOptions {
  /** Directories deeper below a root are left out, and told. */
  readonly maxDepth?: number;
  /** Where the trees really are, when `roots` are only parts of them. */
  readonly realRoots?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Unseen {
  readonly path: string;
  /** The error of the system, or a few words. */
  readonly why: string;
  /** Its directory could be listed, and it could not be looked at: what is wrong is most likely the directory. */
  readonly isEntry?: boolean;
}

/** Everything a walk found. */
export interface TreeListing {
  /** In the order of their paths within a directory; no file twice, whatever links lead to it. */
  readonly files: readonly TreeFile[];
  /** Directories that were listed, with their modification times before that. */
  readonly directories: ReadonlyMap<string, number>;
  readonly realRoots: readonly string[];
  /** Directories and files that could not be looked at: what was known there may still be. */
  readonly unseen: readonly Unseen[];
  /** Roots without a single entry. */
  readonly emptyRoots: readonly string[];
  readonly compressed: readonly string[];
}

interface Waiting {
  readonly path: string;
  readonly depth: number;
  readonly isLink?: boolean;
}

/**
 * Walks trees of g3 files, each directory once: links are followed after everything that is reached without them, so that
 * neither a loop nor a second way to a file makes it appear twice. Never throws for what it finds; `signal` ends it.
 */
export async function walkTree(roots: readonly string[], options: WalkOptions = {}): Promise<TreeListing> {
  const { maxDepth = 16, signal } = options;
  const files: TreeFile[] = [];
  const directories = new Map<string, number>();
  const unseen: Unseen[] = [];
  const emptyRoots: string[] = [];
  const compressed: string[] = [];
  const visited = new Set<string>();
  const realRoots = options.realRoots ?? (await Promise.all(roots.map((root) => realpath(root).catch(() => root))));
  const linked: Waiting[] = [];

  const visit = async ({ path, depth, isLink = false }: Waiting): Promise<Waiting[]> => {
    let isEntry = depth > 0 && !isLink;
    try {
      const stats = await stat(path, { bigint: true });
      isEntry = false;
      const { identity, mtimeUs } = stampOf(stats);
      if (visited.has(identity)) return [];
      visited.add(identity);
      const listing = await listDirectory(path, realRoots);
      directories.set(path, mtimeUs);
      for (const file of listing.files) files.push(file);
      compressed.push(...listing.compressed);
      unseen.push(...listing.failed.map(({ path, error, isLink }) => ({ path, why: codeOf(error), isEntry: !isLink })));
      if (depth === 0 && listing.entries === 0) emptyRoots.push(path);
      const below = listing.subdirectories.map((one) => ({ ...one, depth: depth + 1 }));
      if (depth >= maxDepth) {
        unseen.push(...below.map((one) => ({ path: one.path, why: `deeper than ${maxDepth} directories` })));
        return [];
      }
      linked.push(...below.filter((one) => one.isLink));
      return below.filter((one) => !one.isLink);
    } catch (error) {
      // A directory that went away between the two looks is no trouble, a root is.
      if (depth === 0 || codeOf(error) !== 'ENOENT') unseen.push({ path, why: codeOf(error), isEntry });
      return [];
    }
  };

  const walk = async (start: Waiting) => {
    const waiting = [start];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      signal?.throwIfAborted();
      waiting.push(...(await visit(next)).reverse());
    }
  };
  for (const root of roots) await walk({ path: root, depth: 0 });
  for (let next = linked.shift(); next !== undefined; next = linked.shift()) await walk(next);
  return { files, directories, realRoots, unseen, emptyRoots, compressed };
}

/** True where the walk can't tell whether that file is still there. */
export function mayBeThere(path: string, { unseen }: Pick<TreeListing, 'unseen'>): boolean {
  return unseen.some((one) => isWithin(path, one.path));
}
