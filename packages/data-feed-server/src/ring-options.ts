export interface RingOptions {
  /** Seconds of data that are kept, counted back from now. */
  readonly bufferSec: number;
  /** A sample that is further ahead of now than this is refused: with a wrong stamp it would stay for as long. */
  readonly maxFutureSec: number;
  /** Samples may come out of order by this much before they count as a change of final data. */
  readonly latenessSec: number;
  /** Most rows of one block. */
  readonly maxRows: number;
}

export const defaultRingOptions: RingOptions = {
  bufferSec: 3600,
  maxFutureSec: 86_400,
  latenessSec: 5,
  maxRows: 10_000_000,
};

/** What became of the rows of one append. */
export interface Appended {
  readonly accepted: number;
  /** Of the accepted: older than a row that was there. */
  readonly late: number;
  /** Same time and same values as a row that was there: dropped. */
  readonly repeated: number;
  /** Refused: older than the buffer. */
  readonly tooOld: number;
  /** Refused: too far in the future. */
  readonly future: number;
  /** Times of accepted rows that change what was said to be final, inclusive. */
  readonly changed: { readonly first: number; readonly last: number } | null;
  /** The accepted rows in the order of their arrival numbers; null: all, as they stand. */
  readonly order: readonly number[] | null;
}
