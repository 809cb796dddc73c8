import type { Column } from '../batch.js';
import type { ReducedField, SampleMethod, Stat } from '../reader.js';
import type { Buckets } from './buckets.js';
import { changesReducer, type ChangesOptions } from './changes.js';
import { extremesReducer } from './m4.js';
import { type Piece, samplesOf } from './pieces.js';
import { statsReducer } from './stats.js';

/**
 * Reduces one field that comes in pieces, without joining them: any cut of the same rows gives the same answer.
 * Rows rise in time from push to push; those outside the buckets are left out.
 */
export interface FieldReducer {
  push(t: Float64Array, column: Column): void;
  /** The answer; null when no row fell into the buckets. Once. */
  finish(): ReducedField | null;
}

export type ReducerOptions = ChangesOptions;

/**
 * A reducer of one field. With a method, numbers give M4 or min-max samples; strings and bools always state changes.
 * A field that turns from numbers to states midway (or back) is reduced by parts; its values are then of the wider kind.
 */
export function fieldReducer(
  buckets: Buckets,
  want: readonly Stat[] | SampleMethod,
  options: ReducerOptions = {},
): FieldReducer {
  return typeof want === 'string' ? samplesReducer(buckets, want, options) : statsReducer(buckets, want);
}

/** Samples of one kind of reduction, collected as pieces. */
export interface PieceReducer {
  push(t: Float64Array, column: Column): void;
  /** All picked samples in order, and the number of rows behind them. */
  finish(): { readonly pieces: readonly Piece[]; readonly from: number };
}

function samplesReducer(buckets: Buckets, method: SampleMethod, options: ReducerOptions): FieldReducer {
  const pieces: Piece[] = [];
  const methods = new Set<SampleMethod>();
  let from = 0;
  let inner: PieceReducer | null = null;
  let innerMethod: SampleMethod | null = null;
  const close = () => {
    if (inner === null || innerMethod === null) return;
    const part = inner.finish();
    pieces.push(...part.pieces);
    from += part.from;
    if (part.from > 0) methods.add(innerMethod);
    inner = null;
  };
  return {
    push(t, column) {
      const wanted = column.kind === 'str' || column.kind === 'bool' ? 'changes' : method;
      if (inner === null || innerMethod !== wanted) {
        close();
        innerMethod = wanted;
        inner = wanted === 'changes' ? changesReducer(buckets, options) : extremesReducer(buckets, wanted);
      }
      inner.push(t, column);
    },
    finish() {
      close();
      const only = methods.size === 1 ? [...methods][0]! : method;
      return samplesOf(only, pieces, from);
    },
  };
}
