import { once } from 'node:events';
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
  /** Gives back what it needs only while it fills. Not while it does; it may be used again. */
  rest(): Promise<void>;
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

const thread = new URL('./filler-thread.js', import.meta.url);
/** A thread that does not end by itself within so many milliseconds is ended. */
const endMs = 5_000;

/** A filler in a thread of its own; in this one where it can't open the database, or is not built (tests run the sources). */
export function createFillerRunner(options: FillerRunnerOptions, entry = thread): FillerRunner {
  if (options.archive === undefined || !existsSync(entry)) return inlineFiller(options);
  const { archive, leastSamples, recentSec } = options;
  return new FillerThread({ ...archive, leastSamples, recentSec }, options, entry);
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
    rest: () => Promise.resolve(),
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

/** The thread is there from the first fill to the rest after it: idle it would hold on to tens of megabytes. */
class FillerThread implements FillerRunner {
  readonly #setup: FillerSetup;
  readonly #parts: Pick<FillerRunnerOptions, 'log' | 'progress'>;
  readonly #entry: URL;
  #worker: Worker | null = null;
  #paused = false;
  #waiting: { readonly resolve: (report: FillReport) => void; readonly reject: (error: unknown) => void } | null = null;
  #closed = false;

  constructor(setup: FillerSetup, parts: Pick<FillerRunnerOptions, 'log' | 'progress'>, entry: URL) {
    this.#setup = setup;
    this.#parts = parts;
    this.#entry = entry;
  }

  fill(): Promise<FillReport> {
    if (this.#closed) return Promise.reject(stopped());
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      worker.postMessage({ kind: 'fill' } satisfies ToFiller);
    });
  }

  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#worker?.postMessage({ kind: 'pause', paused } satisfies ToFiller);
  }

  /** The thread takes leave of the database, which would note a lost connection each time otherwise. */
  async rest(): Promise<void> {
    const worker = this.#take();
    if (worker === null) return;
    const ended = once(worker, 'exit');
    worker.postMessage({ kind: 'end' } satisfies ToFiller);
    const late = setTimeout(() => {
      this.#parts.log.warn('the thread that fills tiles does not end by itself: it is ended');
      void worker.terminate();
    }, endMs);
    await ended;
    clearTimeout(late);
  }

  /** What is stored is stored: the thread may end anywhere. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#take()?.terminate();
    this.#fail(stopped());
  }

  #take(): Worker | null {
    const worker = this.#worker;
    this.#worker = null;
    return worker;
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#setup, resourceLimits });
    worker.on('message', (message: FromFiller) => this.#hear(message));
    const lose = (error: SisockError) => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#fail(error);
    };
    worker.on('error', (cause) => lose(new SisockError('internal', 'the thread that fills tiles died', { cause })));
    worker.on('exit', (code) => lose(new SisockError('internal', `the thread that fills tiles ended with ${code}`)));
    worker.postMessage({ kind: 'pause', paused: this.#paused } satisfies ToFiller);
    return worker;
  }

  #hear(message: FromFiller): void {
    if (message.kind === 'progress') return this.#parts.progress(message.done, message.of);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (message.kind === 'filled') return waiting?.resolve(message.report);
    const code = isErrorCode(message.code) ? message.code : 'internal';
    waiting?.reject(new SisockError(code, message.message));
  }

  #fail(error: SisockError): void {
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

const stopped = () => new SisockError('cancelled', 'the scanner stops');
