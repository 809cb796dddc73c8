import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isAbsent, stampOf } from './file-stamp.js';
import { listDirectory, type TreeFile } from './list-directory.js';
import { mapLimited } from './map-limited.js';
import { walkTree, type TreeListing } from './walk-tree.js';

interface Watched {
  mtimeUs: number;
  /** Listed in so many looks more: a second change within the clock's step of the file system leaves no trace. */
  listings: number;
}

export interface DirectoryNews {
  /** Files that are not skipped, but for those with several names: a walk chooses one of these. */
  readonly files: readonly TreeFile[];
  /** What was listed, with the files in it: what is known there and is not in it may be gone. */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>;
}

const statsAtOnce = 32;
const listingsAfterChange = 3;
const alwaysLookedAt = 64;

/** The directories of the last walk: tells which of them changed, at the price of a stat each. */
export class WatchedDirectories {
  readonly #perLook: number;
  #directories = new Map<string, Watched>();
  #realRoots: readonly string[] = [];
  #always: readonly string[] = [];
  #at = 0;

  /** `perLook`: of more directories those that changed last are looked at always, and the others in turn. */
  constructor(perLook: number) {
    this.#perLook = perLook;
  }

  walked({ directories, realRoots }: Pick<TreeListing, 'directories' | 'realRoots'>): void {
    const before = this.#directories;
    this.#realRoots = realRoots;
    this.#directories = new Map(
      [...directories].map(([path, mtimeUs]) => {
        const isNew = before.get(path)?.mtimeUs !== mtimeUs;
        return [path, { mtimeUs, listings: isNew ? listingsAfterChange : before.get(path)!.listings }];
      }),
    );
    const newest = [...directories.keys()].sort((a, b) => directories.get(b)! - directories.get(a)!);
    this.#always = newest.slice(0, alwaysLookedAt).flatMap((path) => [dirname(path), path]);
  }

  /** Looks for new files and for those that went; new directories are walked and watched from then on. */
  async look(skip: (path: string) => boolean, signal: AbortSignal): Promise<DirectoryNews> {
    const files: TreeFile[] = [];
    const listed = new Map<string, ReadonlySet<string>>();
    const below: string[] = [];
    await mapLimited(this.#turn(), statsAtOnce, async (path) => {
      const names = await this.#lookAt(path, skip, signal);
      if (names === null) return;
      files.push(...names.files);
      below.push(...names.below);
      // An empty directory may be one that is not mounted: the next walk decides.
      if (names.entries > 0) listed.set(path, names.all);
    });
    if (below.length > 0) {
      const found = await walkTree(below, { signal, realRoots: this.#realRoots });
      files.push(...found.files.filter((file) => file.links === 1));
      for (const [path, mtimeUs] of found.directories) {
        this.#directories.set(path, { mtimeUs, listings: listingsAfterChange });
      }
    }
    return { files, listed };
  }

  async #lookAt(path: string, skip: (path: string) => boolean, signal: AbortSignal) {
    const watched = this.#directories.get(path);
    if (watched === undefined || signal.aborted) return null;
    try {
      const { mtimeUs } = stampOf(await stat(path, { bigint: true }));
      if (mtimeUs !== watched.mtimeUs) Object.assign(watched, { mtimeUs, listings: listingsAfterChange });
      if (watched.listings === 0) return null;
      watched.listings--;
      const all = new Set<string>();
      const listing = await listDirectory(path, this.#realRoots, (file) => {
        all.add(file);
        return skip(file);
      });
      const isNew = (one: { path: string; isLink: boolean }) => !one.isLink && !this.#directories.has(one.path);
      const { subdirectories, entries } = listing;
      const below = subdirectories.filter(isNew).map((one) => one.path);
      return { files: listing.files.filter((file) => file.links === 1), below, all, entries };
    } catch (error) {
      if (isAbsent(error)) this.#directories.delete(path);
      return null;
    }
  }

  #turn(): string[] {
    const all = [...this.#directories.keys()];
    if (all.length <= this.#perLook) return all;
    const active = all.filter((path) => this.#directories.get(path)!.listings > 0);
    const next = Array.from({ length: this.#perLook }, (_, i) => all[(this.#at + i) % all.length]!);
    this.#at = (this.#at + this.#perLook) % all.length;
    return [...new Set([...this.#always, ...active, ...next])];
  }
}
