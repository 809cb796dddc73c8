import type { Column } from '../batch.js';
import { findExtremes, lastEqual, noExtremes } from './extremes.js';

/**
 * What is kept of a bucket. `minmax`: its least and greatest sample; `m4`: its first and last as well; `stored`: what these
 * two and statistics can be picked from again when it becomes a part of a wider bucket, which is more where values are equal.
 */
export type Kept = 'm4' | 'minmax' | 'stored';

/** Most rows of one bucket; one of them is not finite. */
export const mostPicked = 8;

/**
 * Picks what is worth keeping of the rows of a bucket. The first value that is not finite is always kept, so that a line
 * breaks there. Of equal extremes those next to each other are: of the later one its first row, of the earlier one its last
 * before that. A step is drawn where it is then, and not from somewhere on what was flat before it.
 */
export class RowPicker {
  /** The rows picked last, in order and each once; those up to the returned number count. */
  readonly rows = new Int32Array(mostPicked);
  readonly #found = noExtremes();

  /** Picks from rows `from` to `to` of a numeric column. Returns how many. */
  pick(column: Column, from: number, to: number, kept: Kept): number {
    const { rows } = this;
    const { first, last, min, max, broken } = findExtremes(column, from, to, this.#found);
    let n = 0;
    if (first >= 0) {
      const later = Math.max(min, max);
      const before = lastEqual(column, Math.min(min, max), later);
      // Ends lie outside of extremes or are the same rows: the order is known.
      if (kept !== 'minmax' && first !== before) rows[n++] = first;
      rows[n++] = before;
      if (later !== before) rows[n++] = later;
      if (kept !== 'minmax' && last !== later) rows[n++] = last;
      if (kept === 'stored') {
        n = place(rows, n, Math.min(min, max));
        n = place(rows, n, lastEqual(column, min, last));
        n = place(rows, n, lastEqual(column, max, last));
      }
    }
    return broken < 0 ? n : place(rows, n, broken);
  }
}

/** Inserts a row number into the short rising list in `rows`, unless it is there. Returns its length. */
function place(rows: Int32Array, n: number, row: number): number {
  let at = n;
  while (at > 0 && rows[at - 1]! > row) at--;
  if (at > 0 && rows[at - 1] === row) return n;
  for (let i = n; i > at; i--) rows[i] = rows[i - 1]!;
  rows[at] = row;
  return n + 1;
}
