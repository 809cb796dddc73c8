import type { IndexJob, JobStep } from './index-job.js';
import type { PackedBlocks } from './pack-blocks.js';

/** To a worker: a job, or how to go on after a step of one. */
export type ToWorker =
  | { readonly kind: 'job'; readonly id: number; readonly job: IndexJob }
  | { readonly kind: 'taken'; readonly id: number; readonly goOn: boolean };

/** From a worker. After `step` the job waits to be told how to go on; `end` and `failed` end it. */
export type FromWorker =
  | {
      readonly kind: 'step';
      readonly id: number;
      readonly step: Omit<JobStep, 'blocks'>;
      readonly blocks: PackedBlocks;
      readonly last: boolean;
    }
  | { readonly kind: 'end'; readonly id: number; readonly result: 'done' | 'stopped' | 'replaced' }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string; readonly message: string };
