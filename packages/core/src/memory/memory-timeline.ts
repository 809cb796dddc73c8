import { type Batch, type ColumnKind, lowerBound } from '../batch.js';
import type { TimeRange } from '../time.js';
import type { Position } from './passes.js';
import { RowRun, RowStore } from './row-store.js';

/** What a pass gave in one step. */
export interface Step {
  readonly batches: readonly Batch[];
  readonly position: Position;
  readonly done: boolean;
}

/** One timeline of a MemoryReader: its rows, what is known of its fields, and how far back late rows reach. */
export class MemoryTimeline {
  readonly name: string;
  readonly id: number;
  readonly interval: number | null;
  readonly maxRows: number;
  /** Newest kind and extent of each field that ever had a sample. */
  readonly fields = new Map<string, { kind: ColumnKind; start: number; end: number }>();
  readonly #store = new RowStore();
  /** Each append: its last arrival number and its earliest time, so that a pass over new rows starts near them. */
  #appends: { readonly until: number; readonly earliest: number }[] = [];
  #revision = 0;

  constructor(name: string, id: number, interval: number | null, maxRows: number) {
    this.name = name;
    this.id = id;
    this.interval = interval;
    this.maxRows = maxRows;
  }

  get arrived(): number {
    return this.#store.arrived;
  }

  get rows(): number {
    return this.#store.rows;
  }

  get revision(): string {
    return String(this.#revision);
  }

  /** Times of the first and the last row, null without rows. */
  get extent(): TimeRange | null {
    const t = this.#store.times;
    return t.length === 0 ? null : { start: t[0]!, end: t[t.length - 1]! };
  }

  /** Takes rows, returns the extent (inclusive) of those that came late: before the newest one held. */
  append(batch: Batch): TimeRange | null {
    const newest = this.extent?.end ?? -Infinity;
    let start = Infinity;
    let end = -Infinity;
    let lateEnd = -Infinity;
    for (const t of batch.t) {
      start = Math.min(start, t);
      end = Math.max(end, t);
      if (t < newest) lateEnd = Math.max(lateEnd, t);
    }
    this.#store.insert(batch);
    this.#appends.push({ until: this.#store.arrived, earliest: start });
    for (const [name, column] of batch.columns) {
      const known = this.fields.get(name) ?? { start, end };
      this.fields.set(name, {
        kind: column.kind,
        start: Math.min(known.start, start),
        end: Math.max(known.end, end),
      });
    }
    if (lateEnd === -Infinity) return null;
    this.#revision++;
    return { start, end: lateEnd };
  }

  /** How many rows are above the limit. */
  get surplus(): number {
    return Math.max(0, this.rows - this.maxRows);
  }

  /** Forgets the oldest rows above the limit. */
  trim(): void {
    this.#store.dropOldest(this.surplus);
    const oldest = this.#store.times[0] ?? Infinity;
    // A row older than all of `maxRows` later appends is gone, so no row held needs an append before those.
    while (this.#appends.length > this.maxRows + 1) this.#appends.shift();
    for (const [name, field] of this.fields) if (field.end < oldest) this.fields.delete(name);
  }

  /** The surplus rows that a reader at `position` has not been given yet: what it loses by the next trim. */
  losses(position: Position, fields: readonly string[]): { rows: number; range: TimeRange } | null {
    const { times, arrivals } = this.#store;
    const projection = this.#store.projection(fields);
    let rows = 0;
    let start = Infinity;
    let end = -Infinity;
    for (let i = 0; i < this.surplus; i++) {
      if (projection(i) < 0 || !isAhead(position, times[i]!, arrivals[i]!)) continue;
      rows++;
      start = Math.min(start, times[i]!);
      end = times[i]!;
    }
    return rows === 0 ? null : { rows, range: { start, end } };
  }

  /** The next rows of a pass, or of a new one from a position between passes. */
  step(position: Position, fields: readonly string[], range: TimeRange, maxSamples: number): Step {
    const { times, arrivals } = this.#store;
    const { after, at } = position;
    const until = position.until ?? this.#store.arrived;
    const projection = this.#store.projection(fields);
    const batches: Batch[] = [];
    let run: RowRun | null = null;
    let kind = -1;
    let taken = 0;
    let row = this.#startOf(position, range.start);
    let lastRow = -1;
    for (; row < times.length && taken < maxSamples; row++) {
      const t = times[row]!;
      const arrival = arrivals[row]!;
      if (!(t < range.end)) break;
      if (arrival <= after || arrival > until || (at !== null && !isBehind(at, t, arrival))) continue;
      const shown = projection(row);
      if (shown < 0) continue;
      if (run === null || shown !== kind) {
        if (run !== null) batches.push(this.#store.batch(run, fields));
        run = new RowRun(row);
      } else run.add(row);
      kind = shown;
      taken++;
      lastRow = row;
    }
    if (run !== null) batches.push(this.#store.batch(run, fields));
    const done = row >= times.length || !(times[row]! < range.end);
    const last = lastRow < 0 ? at : { t: times[lastRow]!, arrival: arrivals[lastRow]! };
    const ended: Position = { timeline: this.id, after: until, until: null, at: null };
    return { batches, done, position: done ? ended : { timeline: this.id, after, until, at: last } };
  }

  /** A row before which the pass has nothing to give. */
  #startOf({ after, at }: Position, start: number): number {
    let earliest = at?.t ?? (after === 0 ? -Infinity : Infinity);
    if (at === null && after > 0) {
      const appends = this.#appends;
      for (let i = appends.length - 1; i >= 0 && appends[i]!.until > after; i--) {
        earliest = Math.min(earliest, appends[i]!.earliest);
      }
    }
    return lowerBound(this.#store.times, Math.max(start, earliest));
  }
}

function isBehind(at: { t: number; arrival: number }, t: number, arrival: number): boolean {
  return t > at.t || (t === at.t && arrival > at.arrival);
}

function isAhead(position: Position, t: number, arrival: number): boolean {
  if (arrival <= position.after) return false;
  if (position.until === null || arrival > position.until) return true;
  return position.at === null || isBehind(position.at, t, arrival);
}
