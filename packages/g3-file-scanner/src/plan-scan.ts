import { decide } from './decide.js';
import type { KnownFiles } from './known-files.js';
import { isWithin, type TreeFile } from './list-directory.js';
import type { RestingFiles } from './resting-files.js';
import { mayBeThere, type TreeListing } from './walk-tree.js';

export interface ScanPlan {
  /** Files to look into, in the order in which that is best done, and the bytes to be read of each. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly bytes: number;
  /** Known files that were not met. */
  readonly missing: readonly string[];
  /** Files that need nothing. */
  readonly same: number;
  /** Roots that hold nothing at all though many files of theirs are known: surely they are not mounted. */
  readonly unmounted: readonly string[];
}

interface PlanOptions {
  /** Empty roots with more known files than this keep them. */
  readonly unmountedFiles?: number;
  /** Above so many bytes the newest files come first, so that what people look at is there early. */
  readonly newestFirstBytes?: number;
}

/** What is to be done about what a walk found. Oldest files first: then nothing that comes later is late data. */
export function planScan(
  listing: TreeListing,
  known: KnownFiles,
  resting: RestingFiles,
  roots: readonly string[],
  { unmountedFiles = 10, newestFirstBytes = 4e9 }: PlanOptions = {},
): ScanPlan {
  const there = new Set(listing.files.map((file) => file.path));
  const files: { path: string; bytes: number }[] = [];
  let same = 0;
  let bytes = 0;
  for (const file of oneNameEach(listing.files, known)) {
    const entry = known.get(file.path);
    const decision = decide(entry, file);
    if (decision === 'same' || (decision === 'unfinished' && !resting.isDue(file.path, file))) {
      same++;
      continue;
    }
    const todo = decision === 'again' || entry === null ? file.size : Math.max(0, file.size - entry.goodOffset);
    files.push({ path: file.path, bytes: todo });
    bytes += todo;
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (bytes > newestFirstBytes) files.reverse();

  const absent = [...known.present()].map(([path]) => path).filter((path) => !there.has(path));
  const ours = absent.filter((path) => roots.some((root) => isWithin(path, root)));
  const unmounted = listing.emptyRoots.filter(
    (root) => ours.filter((path) => isWithin(path, root)).length > unmountedFiles,
  );
  const missing = ours.filter((path) => !mayBeThere(path, listing) && !unmounted.some((root) => isWithin(path, root)));
  return { files, bytes, missing, same, unmounted };
}

/** Of several names of one file the one that is known already, else the first. */
function oneNameEach(files: readonly TreeFile[], known: KnownFiles): readonly TreeFile[] {
  const chosen = new Map<string, TreeFile>();
  for (const file of files) {
    if (file.links < 2) continue;
    const other = chosen.get(file.identity);
    const isKnown = (one: TreeFile) => (known.get(one.path)?.outcome ?? 'gone') !== 'gone';
    if (other === undefined || (isKnown(file) && !isKnown(other))) chosen.set(file.identity, file);
  }
  return files.filter((file) => file.links < 2 || chosen.get(file.identity) === file);
}
