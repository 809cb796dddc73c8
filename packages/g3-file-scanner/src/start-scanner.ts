import { setMaxListeners } from 'node:events';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { ArchiveStore } from '@sisock/archive';
import type { G3Limits } from '@sisock/codecs/g3';
import { type Clock, SisockError } from '@sisock/core';
import { type Logger, type Metrics, type Service, userId } from '@sisock/runtime';
import { Committer } from './committer.js';
import { directoryTrouble, DirectoryTroubles } from './directory-troubles.js';
import { FileTasks } from './file-tasks.js';
import { codeOf } from './file-stamp.js';
import { HotFiles } from './hot-files.js';
import { KnownFiles } from './known-files.js';
import { Patience } from './patience.js';
import { Progress } from './progress.js';
import { RestingFiles } from './resting-files.js';
import type { ScanReport } from './scan-report.js';
import { createScannerMetrics } from './scanner-metrics.js';
import { repeat, ScanLoop } from './scanner.js';
import { tellOnce } from './tell-once.js';
import { WatchedDirectories } from './watched-directories.js';
import { createIndexer } from './worker-pool.js';
import { WorkQueue } from './work-queue.js';

export interface ScannerOptions {
  /** Stays the caller's: it is not closed with the scanner. */
  readonly store: ArchiveStore;
  /** Trees of g3 files. */
  readonly directories: readonly string[];
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Threads that index files; 0: this one. */
  readonly workers?: number;
  /** Seconds between two scans; Infinity: only when asked. */
  readonly scanInterval?: number;
  /** Seconds between two looks at new and growing files; Infinity: never. */
  readonly lookEvery?: number;
  /** Text for a person who watches the first scan; without it there are lines in the log. */
  readonly terminal?: ((text: string) => void) | undefined;
  /** Seconds that a file rests before an unfinished frame at its end counts as damage. */
  readonly settleSec?: number;
  /** Bytes that are indexed and stored at once. */
  readonly stepBytes?: number;
  readonly limits?: Partial<G3Limits>;
  /** Of each kind, files looked at every `lookEvery`; and directories. */
  readonly hotFiles?: number;
  readonly directoriesPerLook?: number;
}

export interface ScannerHealth {
  /** What keeps it from its work just now; null when all is well. */
  readonly problem: string | null;
  readonly lastScan: ScanReport | null;
  /** Known files by outcome. */
  readonly files: Readonly<Record<string, number>>;
  /** Files that wait. */
  readonly queue: number;
  /** UNIX seconds of the newest sample that was indexed since the start. */
  readonly newest: number | null;
}

/** Keeps the archive database up with trees of g3 files. */
export interface Scanner extends Service {
  /** Waits for the database where that is away. Rejects when the scanner is closed before. */
  readonly firstScan: Promise<ScanReport>;
  /** Looks at everything now. */
  scan(): Promise<ScanReport>;
  /** True while there are files to be indexed, or looked for. */
  isBusy(): boolean;
  health(): ScannerHealth;
}

/** Files that are worked on at once: enough that the transactions of the database are large. */
const filesAtOnce = 128;

/**
 * Starts a scanner: it brings the tables up to date, walks over all files, and then keeps looking. While the database is
 * away it waits.
 * @throws SisockError `bad_setting` for a directory that is none or can't be read, and for a database that can't be used.
 */
export async function startScanner(options: ScannerOptions): Promise<Scanner> {
  const { store, log, metrics, clock, terminal, limits, stepBytes } = options;
  const { workers = 0, scanInterval = 60, lookEvery = 1, settleSec = 30, hotFiles = 128 } = options;
  const roots = [...new Set(options.directories.map((directory) => resolve(directory)))];
  await Promise.all(roots.map(checkDirectory));
  const isMigrated = await store.migrate().then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) !== 'unavailable') throw error;
      return false;
    },
  );

  const ending = new AbortController();
  const { signal } = ending;
  // Every file that waits listens to it.
  setMaxListeners(0, signal);
  const known = new KnownFiles();
  const resting = new RestingFiles(settleSec, clock);
  const troubles = new DirectoryTroubles({ roots, log });
  const patience = new Patience({ log, what: store.name, signal });
  const committer = new Committer({ store, patience });
  const indexer = createIndexer(workers, log);
  const scannerMetrics = createScannerMetrics(metrics, {
    files: () => known.counts(),
    queue: () => Math.max(queue.length, loop.planned),
    left: () => loop.progress?.left() ?? null,
    isDatabaseThere: () => patience.problem === null,
  });
  const tasks = new FileTasks({
    ...{ store, known, resting, committer, indexer, patience, log, clock },
    ...(limits && { limits }),
    ...(stepBytes !== undefined && { stepBytes }),
    stored: (step) => {
      scannerMetrics.step(step);
      loop.progress?.bytes(step.bytes);
    },
  });
  const queue = new WorkQueue((path, urgent) => tasks.run(path, urgent), filesAtOnce);
  const loop = new ScanLoop({
    ...{ store, roots, known, resting, troubles, queue, committer, indexer, patience, log, ending },
    metrics: scannerMetrics,
    hot: new HotFiles({ files: hotFiles }),
    directories: new WatchedDirectories(options.directoriesPerLook ?? 1000),
    once: tellOnce(log),
    progress: () => new Progress({ log, terminal }),
  });

  const firstScan = (async () => {
    if (!isMigrated) await patience.run(() => store.migrate());
    return loop.scan();
  })();
  const again = firstScan
    .catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, 'the first scan failed');
    })
    .then(() => (Number.isFinite(scanInterval) ? repeat(scanInterval, signal, log, () => loop.scan()) : undefined));
  const looks = Number.isFinite(lookEvery) ? repeat(lookEvery, signal, log, () => loop.look()) : undefined;
  let closing: Promise<void> | undefined;
  return {
    firstScan,
    scan: () => loop.scan(),
    isBusy: () => loop.lastScan === null || queue.length > 0 || loop.planned > 0,
    health: () => ({
      problem: patience.problem ?? troubles.problem ?? unreadableFiles(known),
      lastScan: loop.lastScan,
      files: known.counts(),
      queue: Math.max(queue.length, loop.planned),
      newest: scannerMetrics.newest(),
    }),
    close: () =>
      (closing ??= (async () => {
        ending.abort();
        await indexer.close();
        await queue.close();
        await Promise.all([again, looks, loop.ended().catch(() => undefined)]);
        await committer.settled();
      })()),
  };
}

/** Threads to index with where nobody says how many. */
export function defaultWorkers(): number {
  return Math.max(0, Math.min(4, availableParallelism() - 1));
}

async function checkDirectory(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    const { problem, cure } = directoryTrouble(path, codeOf(error), true);
    throw new SisockError('bad_setting', `${problem}; ${cure}`, { cause: error });
  });
  if (!stats.isDirectory()) throw new SisockError('bad_setting', `DATA_DIRECTORY ${path} is no directory`);
}

/** Files that are there and can't be opened: what is in them reaches nobody. */
function unreadableFiles(known: KnownFiles): string | null {
  let first: string | undefined;
  let files = 0;
  for (const [path, { outcome }] of known.present()) {
    if (outcome !== 'unreadable') continue;
    first ??= path;
    files++;
  }
  if (first === undefined) return null;
  const more = files > 1 ? ` (and ${files - 1} more)` : '';
  return `${first} can't be read${more}; let user ${userId()} read it, or look at the disk`;
}
