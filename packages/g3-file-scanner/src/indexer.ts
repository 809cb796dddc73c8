import { SisockError } from '@sisock/core';
import { type IndexJob, indexJob, type JobEnd, type JobStep } from './index-job.js';

/**
 * Takes a step of a job. The indexer does not go on before it has resolved; false ends the job. `last`: no other step comes.
 */
export type TakeStep = (step: JobStep, last: boolean) => Promise<boolean>;

/** `stopped`: `take` said so. `replaced`: another file took the name. */
export type JobResult = 'done' | 'stopped' | 'replaced';

/** Indexes files, as many at once as it likes. */
export interface Indexer {
  /** Threads that are there just now, beside the caller's. */
  readonly threads: number;
  /** Urgent jobs come first. @throws the file system's errors, SisockError `cancelled` after close. */
  run(job: IndexJob, take: TakeStep, urgent?: boolean): Promise<JobResult>;
  /** Gives back what it needs only while there is work; it may be used again. */
  rest(): Promise<void>;
  /** Ends all jobs. */
  close(): Promise<void>;
}

/** Files at once in one thread: while one is waited for, another is worked on. */
export const jobsOfThread = 4;

/** Indexes in this thread, a few files at a time. */
export function inlineIndexer(): Indexer {
  const ending = new AbortController();
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<unknown>>();
  const work = async (job: IndexJob, take: TakeStep): Promise<JobResult> => {
    if (ending.signal.aborted) throw new SisockError('cancelled', 'the scanner stops');
    const steps = indexJob(job, ending.signal);
    for (;;) {
      const next: IteratorResult<JobStep, JobEnd> = await steps.next();
      if (next.done) {
        const end = next.value;
        if (end.replaced) return 'replaced';
        return (await take(end.step, true)) ? 'done' : 'stopped';
      }
      if (!(await take(next.value, false))) {
        await steps.return({ replaced: true });
        return 'stopped';
      }
    }
  };
  return {
    threads: 0,
    async run(job, take, urgent = false) {
      while (running.size >= jobsOfThread) {
        await new Promise<void>((resolve) => (urgent ? waiting.unshift(resolve) : waiting.push(resolve)));
      }
      const result = work(job, take);
      const ended = result
        .catch(() => undefined)
        .then(() => {
          running.delete(ended);
          waiting.shift()?.();
        });
      running.add(ended);
      return result;
    },
    rest: () => Promise.resolve(),
    async close() {
      ending.abort();
      await Promise.all(running);
    },
  };
}
