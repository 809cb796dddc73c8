import { type Buckets, type Column, lowerBound, minMax, sliceColumn, stateChanges, type TimeRange } from '@sisock/core';
import type { Series } from './series.js';

/**
 * A series of no more than `most` points, the marks of its gaps included: of too many, the least and greatest sample of
 * half as many buckets (of states, their changes), and of still fewer buckets where not-a-numbers and gaps take more room.
 */
export function capSeries(series: Series, most: number, range: TimeRange): Series {
  if (series.t.length + series.gaps.length <= most) return series;
  for (let count = Math.floor(most / 2); count >= 1; count = Math.floor(count / 2)) {
    const buckets = { start: range.start, width: (range.end - range.start) / count, count };
    const thin = thinned(series, buckets);
    if (thin && thin.t.length + thin.gaps.length <= most) return thin;
  }
  const t = series.t.subarray(0, most);
  return { ...series, t, column: sliceColumn(series.column, 0, most), method: methodOf(series.column), gaps: [] };
}

function thinned(series: Series, buckets: Buckets): Series | null {
  const { t, column } = series;
  const states = isStates(column);
  const reduced = states ? stateChanges(buckets, t, column, { maxChangesPerBucket: 2 }) : minMax(buckets, t, column);
  if (reduced === null) return null;
  const gaps = new Set<number>();
  for (let i = 0; i < series.gaps.length; i++) {
    const after = t[series.gaps[i]! + 1]!;
    const next = lowerBound(reduced.t, after);
    if (next > 0 && next < reduced.t.length) gaps.add(next - 1);
  }
  return { ...series, t: reduced.t, column: reduced.column, method: methodOf(column), gaps: [...gaps] };
}

function isStates({ kind }: Column): boolean {
  return kind === 'bool' || kind === 'str';
}

function methodOf(column: Column): 'changes' | 'minmax' {
  return isStates(column) ? 'changes' : 'minmax';
}
