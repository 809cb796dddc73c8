import type { SisockError } from '@sisock/core';
import type { GrafanaQuery } from '../grafana/request.js';
import type { Wanted } from '../grafana/resolve-targets.js';
import { isError } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { answerFor, fetchSeries } from '../plan/fetch.js';
import { bucketsFor, bucketsOfColumn, pointsAtMost } from '../plan/points.js';
import type { KnownField } from '../plan/resolve.js';
import type { Series } from '../plan/series.js';

/** A field with its data, or what went wrong. */
export type Outcome = { readonly field: KnownField; readonly series: Series } | SisockError;

/** Fetches what is wanted; fields that are to be reduced in the same way go together. */
export async function fetchWanted(
  { view, signal, context: { limits } }: BridgeRequest,
  { range, maxDataPoints }: GrafanaQuery,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Wanted, Outcome>> {
  const all = wanted.filter(({ outcome }) => !isError(outcome)).length;
  const outcomes = new Map<Wanted, Outcome>();
  const batches = new Map<string, Wanted[]>();
  for (const one of wanted) {
    if (isError(one.outcome)) outcomes.set(one, one.outcome);
    else {
      const { form, strict, index } = one.target;
      // The columns of a strict table share its rows.
      const key = `${form === 'table'} ${strict} ${form === 'table' && strict ? index : ''}`;
      batches.set(key, [...(batches.get(key) ?? []), one]);
    }
  }
  await Promise.all(
    [...batches.values()].map(async (batch) => {
      const { form, strict } = batch[0]!.target;
      const isTable = form === 'table';
      const fields = batch.map(({ outcome }) => outcome as KnownField);
      const atMost = pointsAtMost(maxDataPoints, all, limits);
      const most = !strict ? undefined : isTable ? Math.max(1, Math.floor(atMost / fields.length)) : atMost;
      const columns = bucketsFor(maxDataPoints, all, limits);
      const points = most === undefined ? bucketsOfColumn * columns : Math.max(1, Math.floor(most / 2));
      const edges = !isTable && !strict;
      const method = 'minmax' as const;
      const options = { range, points, method, most, edges, deadlineMs: limits.nodeDeadlineMs, signal };
      const answers = await fetchSeries(view, fields, options);
      batch.forEach((one, i) => {
        const field = fields[i]!;
        const series = answerFor(answers, field);
        outcomes.set(one, isError(series) ? series : { field, series });
      });
    }),
  );
  return outcomes;
}
