import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import type { IndexJob } from './index-job.js';
import { type Indexer, inlineIndexer, type JobResult, jobsOfThread, type TakeStep } from './indexer.js';
import { unpackBlocks } from './pack-blocks.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

const built = new URL('./worker.js', import.meta.url);

/** An indexer of so many threads; of none, or where there is no built worker (tests run the sources): this one. */
export function createIndexer(threads: number, log: Logger, entry = built): Indexer {
  return threads > 0 && existsSync(entry) ? new WorkerPool(threads, log, entry) : inlineIndexer();
}

/** What a file that is written has more from look to look is indexed sooner than a thread is started. */
const littleBytes = 1_000_000;

interface Task {
  readonly job: IndexJob;
  readonly take: TakeStep;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Threads that index a few files each; they are started when there is work for them, and replaced when they die. A thread
 * that rests would hold on to tens of megabytes: little urgent work is done in this one.
 */
class WorkerPool implements Indexer {
  readonly #threads: number;
  readonly #log: Logger;
  readonly #entry: URL;
  readonly #waiting: Task[] = [];
  /** What each thread works on, by id. */
  readonly #workers = new Map<Worker, Map<number, Task>>();
  readonly #inline = inlineIndexer();
  #id = 0;
  #closed = false;

  constructor(threads: number, log: Logger, entry: URL) {
    this.#threads = threads;
    this.#log = log;
    this.#entry = entry;
  }

  get threads(): number {
    return this.#workers.size;
  }

  run(job: IndexJob, take: TakeStep, urgent = false): Promise<JobResult> {
    if (urgent && this.#workers.size === 0 && job.stamp.size - (job.from?.goodOffset ?? 0) <= littleBytes) {
      return this.#inline.run(job, take, urgent);
    }
    return new Promise((resolve, reject) => {
      const task = { job, take, resolve, reject };
      if (urgent) this.#waiting.unshift(task);
      else this.#waiting.push(task);
      this.#feed();
    });
  }

  async rest(): Promise<void> {
    const idle = [...this.#workers].filter(([, tasks]) => tasks.size === 0).map(([worker]) => worker);
    for (const worker of idle) this.#workers.delete(worker);
    await Promise.all(idle.map((worker) => worker.terminate()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#workers];
    this.#workers.clear();
    const tasks = [...this.#waiting.splice(0), ...workers.flatMap(([, own]) => [...own.values()])];
    for (const task of tasks) task.reject(new SisockError('cancelled', 'the scanner stops'));
    await Promise.all([this.#inline.close(), ...workers.map(([worker]) => worker.terminate())]);
  }

  #feed(): void {
    if (this.#closed) {
      for (const task of this.#waiting.splice(0)) task.reject(new SisockError('cancelled', 'the scanner stops'));
    }
    while (this.#waiting.length > 0) {
      const worker = this.#leastBusy();
      if (worker === null) return;
      const task = this.#waiting.shift()!;
      const id = this.#id++;
      this.#workers.get(worker)!.set(id, task);
      worker.postMessage({ kind: 'job', id, job: task.job } satisfies ToWorker);
    }
  }

  /** A thread that can take one more file; null when all have enough. */
  #leastBusy(): Worker | null {
    const [least] = [...this.#workers].sort(([, a], [, b]) => a.size - b.size);
    if ((least === undefined || least[1].size > 0) && this.#workers.size < this.#threads) return this.#start();
    return least !== undefined && least[1].size < jobsOfThread ? least[0] : null;
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, {
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 192 },
    });
    this.#workers.set(worker, new Map());
    worker.on('message', (message: FromWorker) => void this.#hear(worker, message));
    worker.on('error', (error: unknown) => this.#lose(worker, error));
    worker.on('exit', (code) => this.#lose(worker, new Error(`ended with ${code}`)));
    return worker;
  }

  async #hear(worker: Worker, message: FromWorker): Promise<void> {
    const { id } = message;
    const task = this.#workers.get(worker)?.get(id);
    if (!task) return;
    if (message.kind === 'step') {
      let goOn = false;
      try {
        goOn = await task.take({ ...message.step, blocks: unpackBlocks(message.blocks) }, message.last);
      } catch (error) {
        task.reject(error);
      }
      worker.postMessage({ kind: 'taken', id, goOn } satisfies ToWorker);
      return;
    }
    if (message.kind === 'end') task.resolve(message.result);
    else task.reject(Object.assign(new Error(message.message), { code: message.code }));
    this.#workers.get(worker)?.delete(id);
    this.#feed();
  }

  /** A thread that died takes its files with it, not those of others. */
  #lose(worker: Worker, error: unknown): void {
    const tasks = this.#workers.get(worker);
    if (tasks === undefined) return;
    this.#workers.delete(worker);
    const files = [...tasks.values()].map((task) => task.job.path);
    this.#log.error({ err: error, files }, 'a thread that indexes files died');
    for (const { job, reject } of tasks.values()) {
      reject(new SisockError('internal', `the thread that read ${job.path} died`, { cause: error }));
    }
    this.#feed();
  }
}
