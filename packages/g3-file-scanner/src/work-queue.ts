import { SisockError } from '@sisock/core';
import type { FileResult } from './file-result.js';

/** Urgent files that are worked on beside those that are not. */
const urgentBeside = 8;

/** Files to work on, so many at once; a file that is asked for twice is worked on once. Urgent ones come first. */
export class WorkQueue {
  readonly #work: (path: string, urgent: boolean) => Promise<FileResult>;
  readonly #atOnce: number;
  readonly #urgent: string[] = [];
  readonly #usual: string[] = [];
  /** Next of `#usual`: shifting a long array file by file is slow. */
  #at = 0;
  readonly #jobs = new Map<string, Job>();
  #running = 0;
  #closed = false;

  constructor(work: (path: string, urgent: boolean) => Promise<FileResult>, atOnce: number) {
    this.#work = work;
    this.#atOnce = atOnce;
  }

  /** Files that wait or are worked on. */
  get length(): number {
    return this.#jobs.size;
  }

  has(path: string): boolean {
    return this.#jobs.has(path);
  }

  /** Resolves when the file was worked on. @throws what the work throws, SisockError `cancelled` after close. */
  add(path: string, urgent = false): Promise<FileResult> {
    if (this.#closed) return Promise.reject(new SisockError('cancelled', 'the scanner stops'));
    const known = this.#jobs.get(path);
    if (known !== undefined) {
      // It stays where it was in the other line too: whoever comes there finds it done.
      if (urgent && !known.started) {
        known.urgent = true;
        this.#urgent.push(path);
        this.#feed();
      }
      return known.promise;
    }
    const job = { started: false, urgent } as Job;
    job.promise = new Promise<FileResult>((resolve, reject) => Object.assign(job, { resolve, reject }));
    this.#jobs.set(path, job);
    (urgent ? this.#urgent : this.#usual).push(path);
    this.#feed();
    return job.promise;
  }

  /** Ends what waits, and resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#jobs.values()].filter((job) => job.started).map((job) => job.promise);
    for (const job of this.#jobs.values()) {
      if (!job.started) job.reject(new SisockError('cancelled', 'the scanner stops'));
    }
    await Promise.allSettled(running);
  }

  #feed(): void {
    while (!this.#closed && this.#running < this.#atOnce + urgentBeside) {
      const path = this.#next(this.#running >= this.#atOnce);
      if (path === undefined) return;
      void this.#start(path, this.#jobs.get(path)!);
    }
  }

  #next(onlyUrgent: boolean): string | undefined {
    for (;;) {
      const path = this.#urgent.shift() ?? (onlyUrgent ? undefined : this.#usual[this.#at++]);
      if (path === undefined && onlyUrgent) return undefined;
      if (path === undefined) {
        this.#usual.length = 0;
        this.#at = 0;
        return undefined;
      }
      if (this.#jobs.get(path)?.started === false) return path;
    }
  }

  async #start(path: string, job: Job): Promise<void> {
    job.started = true;
    this.#running++;
    try {
      job.resolve(await this.#work(path, job.urgent));
    } catch (error) {
      job.reject(error);
    } finally {
      this.#running--;
      this.#jobs.delete(path);
      this.#feed();
    }
  }
}

interface Job {
  started: boolean;
  urgent: boolean;
  promise: Promise<FileResult>;
  resolve: (result: FileResult) => void;
  reject: (error: unknown) => void;
}
