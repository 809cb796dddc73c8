import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import type { ArchiveStore } from '@sisock/archive';
import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import type { Committer } from './committer.js';
import { decide } from './decide.js';
import type { DirectoryTroubles } from './directory-troubles.js';
import { codeOf, isSystemError, stampFile } from './file-stamp.js';
import type { HotFiles } from './hot-files.js';
import type { Indexer } from './indexer.js';
import type { KnownFiles } from './known-files.js';
import { mapLimited } from './map-limited.js';
import type { Patience } from './patience.js';
import { planScan } from './plan-scan.js';
import type { Progress } from './progress.js';
import type { RestingFiles } from './resting-files.js';
import { type ScanReport, Tally } from './scan-report.js';
import type { ScannerMetrics } from './scanner-metrics.js';
import type { TellOnce } from './tell-once.js';
import { type TreeListing, walkTree } from './walk-tree.js';
import type { WatchedDirectories } from './watched-directories.js';
import type { WorkQueue } from './work-queue.js';

/** What the scanner is made of. */
export interface ScannerParts {
  readonly store: ArchiveStore;
  readonly roots: readonly string[];
  readonly known: KnownFiles;
  readonly resting: RestingFiles;
  readonly hot: HotFiles;
  readonly directories: WatchedDirectories;
  readonly troubles: DirectoryTroubles;
  readonly queue: WorkQueue;
  readonly committer: Committer;
  readonly indexer: Indexer;
  readonly patience: Patience;
  readonly metrics: ScannerMetrics;
  readonly log: Logger;
  readonly once: TellOnce;
  readonly progress: () => Progress;
  readonly ending: AbortController;
}

const statsAtOnce = 32;
/** Files of a scan that wait in the queue: each costs memory there. */
const queuedAtOnce = 256;

/** Scans (a walk over everything) and looks (at what is likely to have changed). Neither ever runs twice at once. */
export class ScanLoop {
  readonly #parts: ScannerParts;
  #scan: Promise<unknown> = Promise.resolve();
  /** What the scan under way has still to do. */
  readonly #planned = new Set<string>();
  #progress: Progress | null = null;
  #lastScan: ScanReport | null = null;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
  }

  get lastScan(): ScanReport | null {
    return this.#lastScan;
  }

  /** Files that the scan under way has still to do. */
  get planned(): number {
    return this.#planned.size;
  }

  /** Of the scan under way; null between scans. */
  get progress(): Progress | null {
    return this.#progress;
  }

  /** Walks over all files, and indexes what is new. It begins after the call, so it sees what was there then. */
  scan(): Promise<ScanReport> {
    const { signal } = this.#parts.ending;
    const scan = this.#scan
      .then(() => this.#walkAndIndex())
      .catch((error: unknown) => {
        throw signal.aborted ? new SisockError('cancelled', 'the scanner stops', { cause: error }) : error;
      });
    this.#scan = scan.catch(() => undefined);
    return scan;
  }

  /** Indexes files that were seen to change, appear or go, before all that a scan under way still has to do. */
  async look(): Promise<void> {
    const { known, hot, directories, resting, queue, ending, troubles } = this.#parts;
    if (await troubles.look()) this.#scanAgain();
    const isPlanned = (path: string) => this.#planned.has(path) || queue.has(path);
    const isKnown = (path: string) => (known.get(path)?.outcome ?? 'gone') !== 'gone' || isPlanned(path);
    const news = await directories.look(isKnown, ending.signal);
    const gone: string[] = [];
    if (news.listed.size > 0) {
      for (const [path] of known.present()) if (news.listed.get(dirname(path))?.has(path) === false) gone.push(path);
    }
    // First those that went: a renamed file is then never there twice.
    await this.#urgent(gone);
    const changed = await mapLimited([...hot.paths(), ...resting.paths()], statsAtOnce, async (path) => {
      const stamp = await stampFile(path).catch(() => null);
      if (stamp === null) return null;
      if (isPlanned(path) && !hot.changedSinceWalk(path, stamp)) return null;
      const decision = decide(known.get(path), stamp);
      const isDue =
        decision === 'unfinished' ? resting.isDue(path, stamp) : decision !== 'same' && decision !== 'retry';
      return isDue ? path : null;
    });
    await this.#urgent([...news.files.map((file) => file.path), ...changed.filter((path) => path !== null)]);
  }

  /** What could not be looked at can be again: what is in it is not waited for until the next scan is due. */
  #scanAgain(): void {
    const { ending, log } = this.#parts;
    this.scan().catch((error: unknown) => {
      if (!ending.signal.aborted) log.error({ err: error }, 'scan failed');
    });
  }

  /** Resolves when nothing is under way any more. */
  async ended(): Promise<void> {
    await this.#scan;
  }

  async #urgent(paths: readonly string[]): Promise<void> {
    const { queue, hot, metrics } = this.#parts;
    const work = [...new Set(paths)].map(async (path) => {
      hot.changed(path);
      try {
        metrics.file(await queue.add(path, true));
      } catch (error) {
        this.#failed(path, error);
      }
    });
    await Promise.all(work);
  }

  async #walkAndIndex(): Promise<ScanReport> {
    const { store, roots, known, resting, hot, directories, troubles, patience, indexer, ending, metrics } =
      this.#parts;
    const { signal } = ending;
    const started = performance.now();
    await patience.run(async () => {
      for await (const file of store.files(signal)) known.take(file);
    });
    const listing = await walkTree(roots, { signal });
    directories.walked(listing);
    hot.walked(listing.files);
    const plan = planScan(listing, known, resting, roots);
    troubles.walked(listing, plan.unmounted);
    this.#tellListing(listing);
    const progress = (this.#progress = this.#parts.progress());
    progress.expect(plan.files.length, plan.bytes);
    const tally = new Tally();
    tally.same(plan.same);
    try {
      await this.#work(plan.missing, tally);
      await this.#work(
        plan.files.map((file) => file.path),
        tally,
      );
    } finally {
      progress.end();
      this.#progress = null;
      await indexer.rest();
    }
    const report: ScanReport = {
      ...tally.result(),
      seconds: (performance.now() - started) / 1000,
      files: listing.files.length,
      damaged: known.counts().damaged,
      compressed: listing.compressed.length,
      unseen: listing.unseen,
    };
    metrics.scan(report);
    this.#tellReport(report);
    this.#lastScan = report;
    return report;
  }

  async #work(paths: readonly string[], tally: Tally): Promise<void> {
    const { queue, hot, metrics, ending } = this.#parts;
    for (const path of paths) this.#planned.add(path);
    await mapLimited(paths, queuedAtOnce, async (path) => {
      try {
        if (ending.signal.aborted) return;
        const result = await queue.add(path);
        tally.add(result);
        metrics.file(result);
        if (result.what === 'grown' || result.what === 'replaced') hot.changed(path);
      } catch (error) {
        this.#failed(path, error);
        tally.add({ what: 'failed', opened: 0, bytes: 0, blocks: 0, samples: 0 });
      }
      this.#planned.delete(path);
      this.#progress?.file();
    });
    this.#planned.clear();
    ending.signal.throwIfAborted();
  }

  #failed(path: string, error: unknown): void {
    const { once, ending } = this.#parts;
    if (ending.signal.aborted) return;
    once.tell(
      `failed ${path}`,
      { file: path, code: codeOf(error) },
      `${path} can't be indexed: ${(error as Error).message}`,
    );
  }

  #tellListing({ compressed, unseen }: Pick<TreeListing, 'compressed' | 'unseen'>): void {
    const { once } = this.#parts;
    const first = compressed[0];
    if (first !== undefined) {
      const text = `${compressed.length} compressed g3 files are left out, such as ${first}: frames can't be picked out of them, unpack them to have them served`;
      once.tell('compressed', { files: compressed.length }, text);
    } else once.forget('compressed');
    for (const { path, why } of unseen) {
      // The errors of the system are told as troubles.
      if (!isSystemError(why)) once.tell(`unseen ${path}`, { path, why }, `${path} can't be looked at: ${why}`);
    }
  }

  #tellReport({ seconds, files, events, bytes, blocks, samples }: ScanReport): void {
    const isNews = this.#lastScan === null || events.added + events.replaced + events.gone + events.failed > 0;
    const { same: _, ...came } = events;
    const counts = Object.fromEntries(Object.entries(came).filter(([, n]) => n > 0));
    const details = { files, seconds: Number(seconds.toFixed(3)), ...counts, bytes, blocks, samples };
    this.#parts.log[isNews ? 'info' : 'debug'](details, 'scan done');
  }
}

/** Does something again and again until the signal, with pauses of `seconds`; what it throws is told, and it goes on. */
export async function repeat(
  seconds: number,
  signal: AbortSignal,
  log: Logger,
  work: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await work().catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, 'scan failed');
    });
  }
}
