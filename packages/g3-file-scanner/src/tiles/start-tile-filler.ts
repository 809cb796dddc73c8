import { setTimeout as sleep } from 'node:timers/promises';
import { toSisockError } from '@sisock/core';
import { createComplaints, type Metrics, type Service } from '@sisock/runtime';
import { FillProgress } from './fill-progress.js';
import { createFillerRunner, type FillerRunnerOptions } from './filler-runner.js';
import type { FillReport } from './tile-filler.js';

export interface StartTileFillerOptions extends Omit<FillerRunnerOptions, 'progress'> {
  readonly metrics: Metrics;
  /** Text for a person who watches; without it there are lines in the log. */
  readonly terminal?: ((text: string) => void) | undefined;
  /** True while the scanner has work: it comes first. */
  readonly isBusy: () => boolean;
  /** Seconds between two goes through everything; Infinity: one. What is missing meanwhile is made for those who ask. */
  readonly every?: number;
}

/** Keeps the tiles of an archive filled, beside a scanner. */
export interface TileFillerService extends Service {
  /** The first go through everything. Rejects when it is closed before. */
  readonly firstFill: Promise<FillReport>;
}

/** How often it is looked whether the scanner is busy. */
const pauseCheckMs = 100;
const soonMs = 1_000;
const retryMs = 5_000;

/** Fills what is missing as soon as the scanner rests, and again and again. While the database is away it waits. */
export function startTileFiller(options: StartTileFillerOptions): TileFillerService {
  const { log, metrics, terminal, isBusy, every = 300 } = options;
  const complaints = createComplaints(log);
  const progress = new FillProgress({ log, terminal });
  const runner = createFillerRunner({ ...options, progress: (done, of) => progress.tell(done, of) });
  const stored = tellMetrics(metrics, progress);
  const ending = new AbortController();
  const { signal } = ending;
  const pausing = setInterval(() => runner.pause(isBusy()), pauseCheckMs);
  runner.pause(isBusy());

  const fillOnce = async (): Promise<FillReport> => {
    const since = performance.now();
    progress.begin();
    const report = await runner.fill().finally(() => progress.end());
    stored(report);
    const seconds = Math.round((performance.now() - since) / 100) / 10;
    if (report.tiles > 0) log.info({ ...report, seconds }, 'tiles filled');
    if (report.broken > 0) {
      const text =
        'tiles are missing since files of theirs can not be read: they are read from files where they can be';
      complaints.complain('warn', 'broken', { tiles: report.broken }, text);
    }
    return report;
  };
  const firstFill = untilFilled(
    fillOnce,
    (thrown) => {
      const { message } = toSisockError(thrown);
      complaints.complain('warn', 'failed', { err: thrown }, `no tiles are filled just now: ${message}`);
    },
    signal,
  );
  const again = firstFill
    .then(async (first) => {
      for (let report: FillReport | null = first; Number.isFinite(every) && !signal.aborted;) {
        const isSoon = report !== null && report.changed > 0;
        const pause = isSoon ? soonMs : every * 1000;
        if (!isSoon) await runner.rest();
        await sleep(pause, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        report = await fillOnce().catch((err: unknown) => {
          if (!signal.aborted) complaints.complain('warn', 'failed', { err }, 'no tiles are filled just now');
          return null;
        });
      }
    })
    .catch(() => undefined);
  return {
    firstFill,
    async close() {
      ending.abort();
      clearInterval(pausing);
      await runner.close();
      await again;
    },
  };
}

/** Tries again while the database is away, and goes on where data changed meanwhile. */
async function untilFilled(
  fill: () => Promise<FillReport>,
  complain: (thrown: unknown) => void,
  signal: AbortSignal,
): Promise<FillReport> {
  let all: FillReport = { tiles: 0, bytes: 0, changed: 0, broken: 0 };
  for (;;) {
    let waitMs = soonMs;
    try {
      const report = await fill();
      all = { ...report, tiles: all.tiles + report.tiles, bytes: all.bytes + report.bytes };
      if (report.changed === 0) return all;
    } catch (thrown) {
      const { code } = toSisockError(thrown);
      if (signal.aborted || (code !== 'unavailable' && code !== 'timeout')) throw thrown;
      complain(thrown);
      waitMs = retryMs;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

function tellMetrics(metrics: Metrics, progress: FillProgress): (report: FillReport) => void {
  const tiles = metrics.counter('sisock_scanner_tiles_total', 'Tiles of stored buckets that were filled');
  const bytes = metrics.counter('sisock_scanner_tile_bytes_total', 'Bytes of the tiles that were filled');
  const left = metrics.gauge(
    'sisock_scanner_left_tiles',
    'Tiles of the finest levels that are still to be filled',
    [],
    () => {
      left.set(progress.left().tiles);
    },
  );
  const eta = metrics.gauge(
    'sisock_scanner_left_tiles_seconds',
    'Seconds that the filling of tiles will take; NaN: unknown',
    [],
    () => {
      eta.set(progress.left().seconds ?? NaN);
    },
  );
  return (report) => {
    tiles.inc(report.tiles);
    bytes.inc(report.bytes);
  };
}

/** The report as a line for a person. */
export function describeFill({ tiles, bytes, broken }: FillReport): string {
  const missing = broken > 0 ? `, ${broken} can't be made: files can't be read` : '';
  return `${tiles} tiles filled, ${(bytes / 1e6).toFixed(1)} MB${missing}\n`;
}
