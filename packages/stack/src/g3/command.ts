import type { Output } from './output.js';

/** What a g3 command gets. */
export interface G3Context {
  readonly output: Output;
  /** A line on standard error. */
  readonly complain: (text: string) => void;
}

/** Files to look at, and how to show it. */
export interface G3Request {
  readonly files: readonly string[];
  readonly json: boolean;
}
