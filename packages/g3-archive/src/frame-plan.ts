import type { TimeRange } from '@sisock/core';
import type { TimedRun } from './archive-index.js';
import { comparePlaces, type Place } from './position.js';

/** A block of a frame that a query needs. Times are UNIX seconds, both inclusive. */
export interface PlannedFrame extends Place {
  readonly run: TimedRun;
  /** Its place in the run. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** The frames that meet the range and hold one of the fields (own names), in the order of their first samples. */
export function planFrames(
  runs: readonly TimedRun[],
  fields: ReadonlySet<string>,
  range: TimeRange,
): readonly PlannedFrame[] {
  const plan: PlannedFrame[] = [];
  let rising = true;
  for (const run of runs) {
    if (!holdsOne(run.fields, fields)) continue;
    for (let at = 0; at < run.offset.length; at++) {
      const start = run.start[at]!;
      const end = run.end[at]!;
      if (!(start < range.end && end >= range.start) || run.count[at] === 0) continue;
      rising &&= plan.length === 0 || start > plan.at(-1)!.start;
      plan.push({ run, at, start, end, fileId: run.fileId, offset: run.offset[at]!, index: run.index[at]! });
    }
  }
  return rising ? plan : plan.sort((a, b) => a.start - b.start || comparePlaces(a, b));
}

function holdsOne(fields: ReadonlyMap<string, unknown>, wanted: ReadonlySet<string>): boolean {
  for (const field of wanted) if (fields.has(field)) return true;
  return false;
}
