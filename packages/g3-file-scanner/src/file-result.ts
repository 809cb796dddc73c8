/** How much was done for a file, or for many. */
export interface Effort {
  /** Files that were opened. */
  readonly opened: number;
  /** Bytes walked over. */
  readonly bytes: number;
  readonly blocks: number;
  readonly samples: number;
}

/** What came of a file. */
export interface FileResult extends Effort {
  readonly what: FileEvent;
}

export type FileEvent =
  | 'same' // as it is known already
  | 'added'
  | 'grown'
  | 'replaced' // indexed anew from its start
  | 'gone'
  | 'unreadable'
  | 'failed'; // can't be stored, or another took its place again and again

export const noEffort: Effort = { opened: 0, bytes: 0, blocks: 0, samples: 0 };

export function addEffort(a: Effort, b: Effort): Effort {
  return {
    opened: Math.max(a.opened, b.opened),
    bytes: a.bytes + b.bytes,
    blocks: a.blocks + b.blocks,
    samples: a.samples + b.samples,
  };
}
