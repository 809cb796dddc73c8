import { type Batch, type Column, concatBatches, type TimeRange } from '@sisock/core';
import type { Position } from './cursor.js';
import type { Ring } from './ring.js';
import type { Segment } from './segment.js';

/** Rows `a` to `b` (exclusive) of a segment. */
export interface Piece {
  readonly segment: Segment;
  readonly a: number;
  readonly b: number;
}

/** What is asked of a ring: names of its columns and the names they are given in the answer. */
export type Wanted = ReadonlyMap<string, string>;

export interface Taken {
  readonly batches: readonly Batch[];
  readonly rows: number;
  readonly position: Position;
  /** Nothing more is known in the range now. */
  readonly done: boolean;
  /** Latest time among the rows, -Infinity when there is none. */
  readonly newest: number;
}

/** Where a reading of `[start, ...)` begins: nothing is told yet, rows that arrive from now on count as new. */
export function startOf(ring: Ring, start: number): Position {
  return { arrival: ring.nextArrival, time: start, placeArrival: -1 };
}

/**
 * The next rows of a range behind a position, at most `max` (at least 1). First what was there when the reading began, in
 * the order of time; then what has arrived since, in the order of arrival, each answer sorted by time.
 */
export function takeRows(ring: Ring, position: Position, range: TimeRange, wanted: Wanted, max: number): Taken {
  const first = takeInOrder(ring, position, range, wanted, max);
  const newer = nextArrivals(ring, first.position, range, wanted, first.rows > 0 ? 0 : max);
  if (first.rows > 0 || first.cut) {
    const done = !first.cut && newer.complete;
    return {
      batches: batchesOf(first.pieces, wanted),
      rows: first.rows,
      position: first.position,
      done,
      newest: lastTime(first.pieces),
    };
  }
  const next = { ...first.position, arrival: newer.until };
  return {
    batches: batchesOf(newer.pieces, wanted),
    rows: newer.rows,
    position: next,
    done: newer.complete,
    newest: lastTime(newer.pieces),
  };
}

/** How many rows that arrived from `low` to `high` (exclusive) are gone again. */
export function rowsLost(ring: Ring, low: number, high: number): number {
  if (low > ring.lastDropped) return 0;
  let kept = 0;
  for (const { a, b } of piecesBetween(ring.segments.map(whole), low, high)) kept += b - a;
  return high - low - kept;
}

/** Calls `visit` with each stretch of a range as a batch of views, good until the ring changes. */
export function visitRange(ring: Ring, range: TimeRange, wanted: Wanted, visit: (batch: Batch) => void): void {
  for (const { segment, from, to } of spans(ring, range, wanted))
    visit(batchOf({ segment, a: from, b: to }, wanted, 'view'));
}

interface InOrder {
  readonly pieces: readonly Piece[];
  readonly rows: number;
  readonly position: Position;
  /** There is more of this in the range. */
  readonly cut: boolean;
}

function takeInOrder(ring: Ring, position: Position, range: TimeRange, wanted: Wanted, max: number): InOrder {
  const { arrival, time, placeArrival } = position;
  const pieces: Piece[] = [];
  let rows = 0;
  const start = Math.max(range.start, time);
  for (const { segment, from, to } of spans(ring, { start, end: range.end }, wanted)) {
    const isNew = segment.lastArrival >= arrival;
    for (let a = from; a < to;) {
      if (
        (isNew && segment.arrivalAt(a) >= arrival) ||
        (segment.t[a] === time && segment.arrivalAt(a) <= placeArrival)
      ) {
        a++;
        continue;
      }
      if (rows === max) {
        const last = pieces.at(-1)!;
        const place = { time: last.segment.t[last.b - 1]!, placeArrival: last.segment.arrivalAt(last.b - 1) };
        return { pieces, rows, position: { arrival, ...place }, cut: true };
      }
      let b = Math.min(to, a + max - rows);
      if (isNew) b = endOfOld(segment, a, b, arrival);
      pieces.push({ segment, a, b });
      rows += b - a;
      a = b;
    }
  }
  const end = range.end > time ? { time: range.end, placeArrival: -1 } : { time, placeArrival };
  return { pieces, rows, position: { arrival, ...end }, cut: false };
}

function endOfOld(segment: Segment, a: number, b: number, arrival: number): number {
  let end = a;
  while (end < b && segment.arrivalAt(end) < arrival) end++;
  return end;
}

interface Arrivals {
  readonly pieces: readonly Piece[];
  readonly rows: number;
  /** Rows of the range that arrived before this are all told. */
  readonly until: number;
  readonly complete: boolean;
}

/** Rows of the range that arrived at or after the position's arrival, the earliest arrivals first; `max` 0 only looks. */
function nextArrivals(ring: Ring, { arrival }: Position, range: TimeRange, wanted: Wanted, max: number): Arrivals {
  const { nextArrival } = ring;
  const none = { pieces: [], rows: 0, until: nextArrival, complete: true };
  if (arrival >= nextArrival) return { ...none, until: arrival };
  const newSpans = [...spans(ring, range, wanted)].filter(({ segment }) => segment.lastArrival >= arrival);
  const window = Math.max(4096, 4 * max);
  for (let low = arrival; low < nextArrival;) {
    // Rows that are gone need no look.
    const earliest = Math.min(...newSpans.map(({ segment }) => earliestArrival(segment, low)), Infinity);
    if (earliest === Infinity) return none;
    low = Math.max(low, earliest);
    const high = low + window;
    const arrivals = arrivalsBetween(newSpans, low, high);
    if (arrivals.length === 0) {
      low = high;
      continue;
    }
    if (max === 0) return { pieces: [], rows: 0, until: low, complete: false };
    const until = arrivals.length > max ? arrivals.sort((x, y) => x - y)[max]! : Math.min(high, nextArrival);
    const pieces = piecesBetween(newSpans, low, until);
    const complete =
      until >= nextArrival ||
      nextArrivals(ring, { arrival: until, time: 0, placeArrival: -1 }, range, wanted, 0).complete;
    return { pieces, rows: Math.min(max, arrivals.length), until: complete ? nextArrival : until, complete };
  }
  return none;
}

/** Not above the smallest arrival number from `low` on in the segment. */
function earliestArrival(segment: Segment, low: number): number {
  if (segment.lastArrival < low) return Infinity;
  return segment.arrivals ? low : Math.max(low, segment.arrivalAt(segment.from));
}

function arrivalsBetween(list: readonly Span[], low: number, high: number): number[] {
  const found: number[] = [];
  for (const { segment, a, b } of piecesBetween(list, low, high)) {
    for (let row = a; row < b; row++) found.push(segment.arrivalAt(row));
  }
  return found;
}

function piecesBetween(list: readonly Span[], low: number, high: number): Piece[] {
  const pieces: Piece[] = [];
  for (const { segment, from, to } of list) {
    if (segment.lastArrival < low) continue;
    if (segment.arrivals === null) {
      const a = Math.max(from, low - segment.firstArrival);
      const b = Math.min(to, high - segment.firstArrival);
      if (a < b) pieces.push({ segment, a, b });
      continue;
    }
    for (let a = from; a < to; a++) {
      const isIn = (row: number) => segment.arrivals![row]! >= low && segment.arrivals![row]! < high;
      if (!isIn(a)) continue;
      let b = a + 1;
      while (b < to && isIn(b)) b++;
      pieces.push({ segment, a, b });
      a = b;
    }
  }
  return pieces;
}

interface Span {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
}

function whole(segment: Segment): Span {
  return { segment, from: segment.from, to: segment.to };
}

/** The rows of a range that hold one of the wanted fields, segment by segment in rising time. */
function* spans(ring: Ring, { start, end }: TimeRange, wanted: Wanted): Generator<Span> {
  for (let k = firstSegment(ring, start); k < ring.segments.length; k++) {
    const segment = ring.segments[k]!;
    if (segment.firstTime >= end) return;
    if (!holdsAny(segment, wanted)) continue;
    const from = segment.firstTime >= start ? segment.from : segment.lowerBound(start);
    const to = segment.lastTime < end ? segment.to : segment.lowerBound(end);
    if (from < to) yield { segment, from, to };
  }
}

/** The first segment that ends at or after `start`. */
function firstSegment({ segments }: Ring, start: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (segments[mid]!.lastTime < start) low = mid + 1;
    else high = mid;
  }
  return low;
}

function holdsAny(segment: Segment, wanted: Wanted): boolean {
  for (const name of wanted.keys()) if (segment.columns.has(name)) return true;
  return false;
}

function lastTime(pieces: readonly Piece[]): number {
  const last = pieces.at(-1);
  return last ? last.segment.t[last.b - 1]! : -Infinity;
}

/** Copies, joined as long as the wanted columns stay the same. */
function batchesOf(pieces: readonly Piece[], wanted: Wanted): Batch[] {
  return concatBatches(pieces.map((piece) => batchOf(piece, wanted, 'copy')));
}

function batchOf({ segment, a, b }: Piece, wanted: Wanted, how: 'copy' | 'view'): Batch {
  const columns = new Map<string, Column>();
  for (const [name, served] of wanted) {
    const column = segment.column(name, a, b, how);
    if (column) columns.set(served, column);
  }
  return { t: how === 'copy' ? segment.t.slice(a, b) : segment.t.subarray(a, b), columns };
}
