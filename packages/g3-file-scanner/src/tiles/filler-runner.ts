import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ArchiveStore } from '@sisock/archive';
import { type Clock, isErrorCode, SisockError } from '@sisock/core';
import type { Logger, Service } from '@sisock/runtime';
import type { FillerSetup, FromFiller, ToFiller } from './filler-messages.js';
import type { FillDepth } from './filling.js';
import { openFiller } from './open-filler.js';
import type { FillReport } from './tile-filler.js';
import { Turns } from './turns.js';

/** Goes through everything, one time after the other. */
export interface FillerRunner extends Service {
  /** @throws SisockError `unavailable` while the database is away, `cancelled` after close */
  fill(): Promise<FillReport>;
  /** What is under way stops at the next tile, and goes on from there. */
  pause(paused: boolean): void;
}

export interface FillerRunnerOptions extends FillDepth {
  /** Used where there is no thread; not closed. */
  readonly store: ArchiveStore;
  /** How a thread opens the database for itself; without it there is none. */
  readonly archive?: Pick<FillerSetup, 'archive' | 'dataDirectory'> | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  readonly progress: (done: number, of: number) => void;
}

const entry = new URL('./filler-thread.js', import.meta.url);

/** A filler in a thread of its own; in this one where it can't open the database, or is not built (tests run the sources). */
export function createFillerRunner(options: FillerRunnerOptions): FillerRunner {
  const { archive, leastSamples, recentSec, progress } = options;
  if (archive !== undefined && existsSync(entry))
    return new FillerThread({ ...archive, leastSamples, recentSec }, progress);
  return inlineFiller(options);
}

function inlineFiller({ store, log, clock, leastSamples, recentSec, progress }: FillerRunnerOptions): FillerRunner {
  const ending = new AbortController();
  const turns = new Turns();
  const turn = () => turns.take();
  const filler = openFiller({ store, log, clock, leastSamples, recentSec, turn, signal: ending.signal, progress });
  let filling: Promise<unknown> = Promise.resolve();
  return {
    fill() {
      const report = filler.fill();
      filling = report.catch(() => undefined);
      return report;
    },
    pause: (paused) => turns.pause(paused),
    async close() {
      ending.abort();
      turns.pause(false);
      await filling;
      await filler.close();
    },
  };
}

/** Tiles are bounded in memory; the heap of the thread must not grow beyond what they need. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

class FillerThread implements FillerRunner {
  readonly #worker: Worker;
  readonly #progress: FillerRunnerOptions['progress'];
  #waiting: { readonly resolve: (report: FillReport) => void; readonly reject: (error: unknown) => void } | null = null;
  #gone: SisockError | null = null;

  constructor(setup: FillerSetup, progress: FillerRunnerOptions['progress']) {
    this.#progress = progress;
    this.#worker = new Worker(entry, { workerData: setup, resourceLimits });
    this.#worker.on('message', (message: FromFiller) => this.#hear(message));
    this.#worker.on('error', (cause) =>
      this.#lose(new SisockError('internal', 'the thread that fills tiles died', { cause })),
    );
    this.#worker.on('exit', () => this.#lose(new SisockError('cancelled', 'the scanner stops')));
  }

  fill(): Promise<FillReport> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage({ kind: 'fill' } satisfies ToFiller);
    });
  }

  pause(paused: boolean): void {
    this.#worker.postMessage({ kind: 'pause', paused } satisfies ToFiller);
  }

  /** What is stored is stored: the thread may end anywhere. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(message: FromFiller): void {
    if (message.kind === 'progress') return this.#progress(message.done, message.of);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (message.kind === 'filled') return waiting?.resolve(message.report);
    const code = isErrorCode(message.code) ? message.code : 'internal';
    waiting?.reject(new SisockError(code, message.message));
  }

  #lose(error: SisockError): void {
    this.#gone ??= error;
    this.#waiting?.reject(this.#gone);
    this.#waiting = null;
  }
}
