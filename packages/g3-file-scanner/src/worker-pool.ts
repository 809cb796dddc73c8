import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import type { IndexJob } from './index-job.js';
import { type Indexer, inlineIndexer, type JobResult, type TakeStep } from './indexer.js';
import { unpackBlocks } from './pack-blocks.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

const entry = new URL('./worker.js', import.meta.url);

/** An indexer of so many threads; of none, or where there is no built worker (tests run the sources): this one. */
export function createIndexer(threads: number, log: Logger): Indexer {
  return threads > 0 && existsSync(entry) ? new WorkerPool(threads, log) : inlineIndexer();
}

interface Task {
  readonly job: IndexJob;
  readonly take: TakeStep;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads that index a file each; they are started when there is work for them, and replaced when they die. */
class WorkerPool implements Indexer {
  readonly #threads: number;
  readonly #log: Logger;
  readonly #waiting: Task[] = [];
  readonly #idle: Worker[] = [];
  readonly #tasks = new Map<Worker, Task | null>();
  #closed = false;

  constructor(threads: number, log: Logger) {
    this.#threads = threads;
    this.#log = log;
  }

  run(job: IndexJob, take: TakeStep, urgent = false): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      const task = { job, take, resolve, reject };
      if (urgent) this.#waiting.unshift(task);
      else this.#waiting.push(task);
      this.#feed();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const cancelled = new SisockError('cancelled', 'the scanner stops');
    for (const task of this.#waiting.splice(0)) task.reject(cancelled);
    const workers = [...this.#tasks];
    this.#tasks.clear();
    for (const [, task] of workers) task?.reject(cancelled);
    await Promise.all(workers.map(([worker]) => worker.terminate()));
  }

  #feed(): void {
    while (!this.#closed && this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.#tasks.size < this.#threads ? this.#start() : undefined);
      if (worker === undefined) return;
      const task = this.#waiting.shift()!;
      this.#tasks.set(worker, task);
      worker.postMessage({ kind: 'job', job: task.job } satisfies ToWorker);
    }
    if (this.#closed) for (const task of this.#waiting.splice(0)) task.reject(new SisockError('cancelled', 'closed'));
  }

  #start(): Worker {
    const worker = new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    this.#tasks.set(worker, null);
    worker.on('message', (message: FromWorker) => void this.#hear(worker, message));
    worker.on('error', (error: unknown) => this.#lose(worker, error));
    worker.on('exit', (code) => this.#lose(worker, new Error(`ended with ${code}`)));
    return worker;
  }

  async #hear(worker: Worker, message: FromWorker): Promise<void> {
    const task = this.#tasks.get(worker);
    if (!task) return;
    if (message.kind === 'step') {
      let goOn = false;
      try {
        goOn = await task.take({ ...message.step, blocks: unpackBlocks(message.blocks) }, message.last);
      } catch (error) {
        task.reject(error);
      }
      worker.postMessage({ kind: 'taken', goOn } satisfies ToWorker);
      return;
    }
    if (message.kind === 'end') task.resolve(message.result);
    else task.reject(Object.assign(new Error(message.message), { code: message.code }));
    this.#tasks.set(worker, null);
    this.#idle.push(worker);
    this.#feed();
  }

  /** A thread that died takes its file with it, not the others. */
  #lose(worker: Worker, error: unknown): void {
    const task = this.#tasks.get(worker);
    if (task === undefined) return;
    this.#tasks.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#log.error({ err: error, file: task?.job.path }, 'a thread that indexes files died');
    task?.reject(new SisockError('internal', `the thread that read ${task.job.path} died`, { cause: error }));
    this.#feed();
  }
}
