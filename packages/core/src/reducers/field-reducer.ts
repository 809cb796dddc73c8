import type { Column } from '../batch.js';
import type { ReducedField, SampleMethod, Stat } from '../reader.js';
import type { Buckets } from './buckets.js';
import { changesReducer, type ChangesOptions } from './changes.js';
import { extremesReducer } from './m4.js';
import { samplesOf } from './pieces.js';
import { runsReducer } from './runs.js';
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

function samplesReducer(buckets: Buckets, method: SampleMethod, options: ReducerOptions): FieldReducer {
  const runs = runsReducer(method, (wanted) =>
    wanted === 'changes' ? changesReducer(buckets, options) : extremesReducer(buckets, wanted),
  );
  return {
    push: (t, column) => runs.push(t, column),
    finish() {
      const { pieces, from, methods } = runs.finish();
      return samplesOf(methods.length === 1 ? methods[0]! : method, pieces, from);
    },
  };
}
