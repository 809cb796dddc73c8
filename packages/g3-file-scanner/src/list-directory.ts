import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isAbsent, stampOf, type FileStamp } from './file-stamp.js';
import { mapLimited } from './map-limited.js';

/** A g3 file of a tree. */
export interface TreeFile extends FileStamp {
  readonly path: string;
}

export interface Subdirectory {
  readonly path: string;
  readonly isLink: boolean;
}

/** One directory: what of it concerns the scanner. */
export interface DirectoryListing {
  /** Names of all kinds in it. */
  readonly entries: number;
  readonly files: readonly TreeFile[];
  readonly subdirectories: readonly Subdirectory[];
  /** g3 files that are compressed as a whole: they can't be served frame by frame. */
  readonly compressed: readonly string[];
  /** What could not be looked at, with the error. */
  readonly failed: readonly { readonly path: string; readonly error: unknown; readonly isLink: boolean }[];
}

const statsAtOnce = 32;

export const isG3Name = (name: string): boolean => name.endsWith('.g3') && !name.startsWith('.');
const isCompressedName = (name: string): boolean => /\.g3\.(gz|bz2|xz)$/.test(name) && !name.startsWith('.');

/**
 * Lists a directory. Files that are links into one of `realRoots` are left out: they are found there under their own names.
 * `skip` names files that need no look. @throws the file system's error when the directory can't be read.
 */
export async function listDirectory(
  path: string,
  realRoots: readonly string[],
  skip: (path: string) => boolean = () => false,
): Promise<DirectoryListing> {
  const entries = await readdir(path, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const failed: { path: string; error: unknown; isLink: boolean }[] = [];
  const compressed: string[] = [];
  const subdirectories: Subdirectory[] = [];
  const looked = await mapLimited(entries, statsAtOnce, async (entry): Promise<TreeFile | null> => {
    const full = join(path, entry.name);
    const isLink = entry.isSymbolicLink();
    if (entry.isDirectory()) {
      subdirectories.push({ path: full, isLink });
      return null;
    }
    if (isCompressedName(entry.name)) compressed.push(full);
    const wanted = isG3Name(entry.name);
    if (!isLink && (!wanted || !entry.isFile() || skip(full))) return null;
    try {
      const stats = await stat(full, { bigint: true });
      if (stats.isDirectory()) subdirectories.push({ path: full, isLink });
      if (!wanted || !stats.isFile() || (isLink && (await leadsInto(full, realRoots)))) return null;
      return { path: full, ...stampOf(stats) };
    } catch (error) {
      // Gone since the listing, or a link to nothing.
      if (!isAbsent(error)) failed.push({ path: full, error, isLink });
      return null;
    }
  });
  return {
    entries: entries.length,
    files: looked.filter((file) => file !== null),
    subdirectories,
    compressed,
    failed,
  };
}

async function leadsInto(path: string, realRoots: readonly string[]): Promise<boolean> {
  const real = await realpath(path);
  return realRoots.some((root) => isWithin(real, root));
}

/** True for the directory itself and everything below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}
