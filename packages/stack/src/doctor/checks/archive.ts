import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ArchiveSettings, type ArchiveStore, openArchive } from '@sisock/archive';
import { type Clock, toSisockError } from '@sisock/core';
import { directoryTrouble } from '@sisock/g3-file-scanner';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { fail, type Finding, ok, skip, warn } from '../finding.js';
import { lookThroughTree, type SeenFile, type SeenTree } from '../look-through-tree.js';

export interface ArchiveCheckOptions {
  readonly settings: ArchiveSettings;
  /** Absolute. */
  readonly dataDirectory: string;
  /** Trees of g3 files that are scanned. */
  readonly directories: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How old what is not indexed may be before the scanner counts as behind. */
const behindSec = 120;
const mostNamed = 3;

/** The archive: its database, the trees of g3 files, how far the scanner is, and the files that it can't use. */
export async function checkArchive(options: ArchiveCheckOptions): Promise<readonly Finding[]> {
  const { settings, dataDirectory, directories, clock, signal } = options;
  const isMade = settings.SQL_HOST !== undefined || existsSync(join(dataDirectory, 'archive.db'));
  const roots = directories.map((directory) => resolve(directory));
  const trees = await Promise.all(roots.map(async (root) => ({ root, ...(await lookThroughTree(root, signal)) })));
  const found = trees.map((tree) => treeFinding(tree, false));
  if (!isMade && directories.length === 0)
    return [skip('archive', 'there is none: neither SQL_HOST nor DATA_DIRECTORY')];
  if (!isMade) {
    const cure = 'start sisock g3-file-scanner, or sisock up: it makes the database';
    return [warn('archive database', `there is none in ${dataDirectory} yet`, cure), ...found];
  }
  let store: ArchiveStore | null = null;
  try {
    store = await openArchive(settings, { log: silentLogger(), metrics: createMetrics(), clock, dataDirectory });
    const { files, fields, samples } = await store.counts();
    const total = files.ok + files.damaged + files.unreadable;
    const text = `${store.name}: ${total} files, ${fields} fields, ${samples} samples`;
    const newest = trees.flatMap((tree) => tree.newest);
    const bare = trees.filter((tree) => isBare(tree)).map(({ root }) => root);
    const missed = bare.length > 0 ? await rootsOfKnownFiles(store, bare, signal) : new Set<string>();
    return [
      ok('archive database', text),
      ...trees.map((tree) => treeFinding(tree, missed.has(tree.root))),
      ...(newest.length > 0 ? [await checkScanner(store, newest, clock())] : []),
      await checkFiles(store, signal),
    ];
  } catch (thrown) {
    const cure = 'look at the database, and at SQL_HOST, SQL_USER, SQL_PASSWD and SQL_DB';
    return [fail('archive database', toSisockError(thrown).message, cure), ...found];
  } finally {
    await store?.close();
  }
}

type Tree = SeenTree & { readonly root: string };

/** There and without a file. */
const isBare = ({ newest, shut }: Tree) => newest.length === 0 && shut.length === 0;

/** `isMissed`: the archive knows files below a root that has none. */
function treeFinding({ root, newest, shut }: Tree, isMissed: boolean): Finding {
  const check = 'data directory';
  const [first, ...more] = shut;
  if (first !== undefined || isMissed) {
    const { path, why } = first ?? { path: root, why: 'empty' };
    const { problem, cure } = directoryTrouble(path, why, path === root);
    return fail(check, more.length > 0 ? `${problem} (and ${more.length} more)` : problem, cure);
  }
  if (newest.length > 0) return ok(check, `${root} can be read`);
  return warn(check, `${root} holds no g3 file`, 'look whether the aggregator writes there');
}

/** Those of the roots below which the archive knows a file. */
async function rootsOfKnownFiles(store: ArchiveStore, roots: readonly string[], signal: AbortSignal) {
  const missed = new Set<string>();
  for await (const { path, outcome } of store.files(signal)) {
    if (outcome === 'gone') continue;
    for (const root of roots) if (path.startsWith(`${root}/`)) missed.add(root);
    if (missed.size === roots.length) break;
  }
  return missed;
}

/** True to the files: what was written a while ago must be indexed by now. */
async function checkScanner(store: ArchiveStore, newest: readonly SeenFile[], now: number): Promise<Finding> {
  for (const { path, size, changedAt } of newest) {
    if (now - changedAt < behindSec) continue;
    const known = await store.file(path);
    if (known?.outcome === 'damaged' || known?.outcome === 'unreadable' || known?.size === size) continue;
    const minutes = Math.round((now - changedAt) / 60);
    const what = known ? `bytes ${known.goodOffset} to ${size} of ${path}` : path;
    const cure = 'look whether sisock g3-file-scanner runs, and at its log';
    return warn('scanner', `${what} were written ${minutes} min ago and are not indexed`, cure);
  }
  return ok('scanner', 'what was written is indexed');
}

async function checkFiles(store: ArchiveStore, signal: AbortSignal): Promise<Finding> {
  const bad: string[] = [];
  let more = 0;
  for await (const { path, outcome, damage } of store.files(signal)) {
    if (outcome !== 'damaged' && outcome !== 'unreadable') continue;
    if (bad.length === mostNamed) more++;
    else bad.push(damage === null ? `${path} (${outcome})` : `${path} (${damage.kind} at ${damage.offset})`);
  }
  if (bad.length === 0) return ok('archive files', 'none is damaged');
  const text = `${bad.join(', ')}${more > 0 ? ` and ${more} more` : ''}: what stands before the damage is served`;
  return warn('archive files', text, 'see sisock g3 check FILE; copy the file again, or leave it');
}
