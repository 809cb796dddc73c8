import type { IndexJob, JobStep } from './index-job.js';
import type { PackedBlocks } from './pack-blocks.js';

/** To a worker: a job, or how to go on after a step. It has one job at a time. */
export type ToWorker =
  { readonly kind: 'job'; readonly job: IndexJob } | { readonly kind: 'taken'; readonly goOn: boolean };

/** From a worker. After `step` it waits to be told how to go on; `end` and `failed` end the job. */
export type FromWorker =
  | {
      readonly kind: 'step';
      readonly step: Omit<JobStep, 'blocks'>;
      readonly blocks: PackedBlocks;
      readonly last: boolean;
    }
  | { readonly kind: 'end'; readonly result: 'done' | 'stopped' | 'replaced' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
