import { type Column, type ColumnKind, justAfter } from '@sisock/core';
import { Finality } from './finality.js';
import type { Appended, RingOptions } from './ring-options.js';
import { maxSegmentRows, Segment } from './segment.js';

export { type Appended, defaultRingOptions, type RingOptions } from './ring-options.js';

/** How many rows of the same time are looked at for a repetition. */
const repetitionsSearched = 64;

/**
 * The newest rows of one block, in the order of time (equal times in the order of arrival), as a list of typed segments.
 * An append costs the same whatever the buffer holds. A block of few rows is one segment, which is used anew from its
 * front as its oldest rows go; many rows are a list of full segments, which go one by one.
 */
export class Ring {
  /** Tells this ring's cursors from those of others. */
  id: string;
  /** Names it had in former runs, and how many rows had arrived by the end of each. */
  readonly former = new Map<string, number>();
  readonly options: RingOptions;
  /** In rising time, none of them empty. For reading only. */
  readonly segments: Segment[] = [];
  rows = 0;
  /** Memory, roughly. */
  bytes = 0;
  /** Rows given up since the block had too many. */
  overflowed = 0;
  /** Number the next row gets; rows are numbered without a hole. */
  nextArrival = 0;
  /** The greatest arrival number among the rows that were given up. */
  lastDropped = -1;
  /** Latest time there ever was; -Infinity before the first. */
  newest = -Infinity;
  readonly finality: Finality;

  constructor(id: string, options: RingOptions) {
    this.id = id;
    this.options = options;
    this.finality = new Finality(id, options.latenessSec);
  }

  /**
   * Takes rows of one set of fields in any order. `now`: UNIX seconds; `keptNow`: where the buffer is counted back from,
   * not after `now`.
   */
  append(t: Float64Array, columns: ReadonlyMap<string, Column>, now: number, keptNow = now): Appended {
    const oldest = keptNow - this.options.bufferSec;
    const latest = now + this.options.maxFutureSec;
    if (this.#isPlain(t, oldest, latest)) {
      this.#push(t, columns, 0, t.length);
      return { accepted: t.length, late: 0, repeated: 0, tooOld: 0, future: 0, changed: null, order: null };
    }
    return this.#appendEach(t, columns, oldest, latest, now);
  }

  /**
   * Takes rows of a former run in the order they arrived in, whatever their times; the first one got the number `arrival`
   * then. Rows in between that are lost count as given up, and rows that are there already are not taken again.
   */
  restore(t: Float64Array, columns: ReadonlyMap<string, Column>, arrival: number): void {
    const known = Math.max(0, this.nextArrival - arrival);
    if (known >= t.length) return;
    if (arrival + known > this.nextArrival) {
      this.lastDropped = arrival + known - 1;
      this.nextArrival = arrival + known;
    }
    for (let i = known; i < t.length;) {
      const end = this.#endOfRise(t, i);
      if (end > i) this.#push(t, columns, i, end);
      else this.#placeAt(t, columns, i, this.#segmentAt(t[i]!));
      i = Math.max(end, i + 1);
    }
  }

  /** Gives up what is older than the buffer. Returns how many rows. */
  trim(now: number): number {
    const oldest = now - this.options.bufferSec;
    const first = this.segments[0];
    if (!first || first.firstTime >= oldest) return 0;
    let whole = 0;
    while (whole < this.segments.length && this.segments[whole]!.lastTime < oldest) whole++;
    const part = this.segments[whole];
    return this.#drop(whole, part ? part.rowsBefore(oldest) : 0);
  }

  /** Gives up the oldest eighth and its memory. Returns how many rows. */
  dropOldest(): number {
    return this.#dropRows(Math.ceil(this.rows / 8));
  }

  /**
   * Data before this time won't change, as far as the feed can be believed: what comes later than `latenessSec` behind the
   * newest sample lowers it for a while and raises the revision.
   */
  finalizedUntil(now: number): number {
    return this.finality.until(this.newest, now);
  }

  /** The kind and time of the latest row of each of these fields, where there is one. */
  newestOf(names: Iterable<string>): ReadonlyMap<string, { readonly kind: ColumnKind; readonly time: number }> {
    const found = new Map<string, { readonly kind: ColumnKind; readonly time: number }>();
    const missing = new Set(names);
    for (let k = this.segments.length - 1; k >= 0 && missing.size > 0; k--) {
      const { columns, lastTime: time } = this.segments[k]!;
      for (const [name, { kind }] of columns) if (missing.delete(name)) found.set(name, { kind, time });
    }
    return found;
  }

  /** Rows strictly rise, follow what is there, and none is refused: the way nearly all data come. */
  #isPlain(t: Float64Array, oldest: number, latest: number): boolean {
    let before = this.segments.at(-1)?.lastTime ?? -Infinity;
    if (!(t[0]! >= oldest) || this.newest > before) return false;
    for (let i = 0; i < t.length; i++) {
      if (!(t[i]! > before)) return false;
      before = t[i]!;
    }
    return before <= latest;
  }

  #appendEach(
    t: Float64Array,
    columns: ReadonlyMap<string, Column>,
    oldest: number,
    latest: number,
    now: number,
  ): Appended {
    const order = Array.from(t, (_, i) => i).sort((a, b) => t[a]! - t[b]! || a - b);
    const count = { accepted: 0, late: 0, repeated: 0, tooOld: 0, future: 0 };
    const taken: number[] = [];
    let first = Infinity;
    let last = -Infinity;
    for (const i of order) {
      const time = t[i]!;
      if (!(time >= oldest)) count.tooOld++;
      else if (time > latest) count.future++;
      else {
        const isLate = time < this.newest;
        if (!this.#place(t, columns, i)) count.repeated++;
        else {
          count.accepted++;
          if (isLate) count.late++;
          taken.push(i);
          if (this.finality.isTold(time)) {
            first = Math.min(first, time);
            last = Math.max(last, time);
          }
        }
      }
    }
    if (first === Infinity) return { ...count, changed: null, order: taken };
    this.finality.changed(this.id, first, now);
    return { ...count, changed: { first, last }, order: taken };
  }

  /** Puts one row where its time belongs, behind rows of the same time. False when it is there already. */
  #place(t: Float64Array, columns: ReadonlyMap<string, Column>, i: number): boolean {
    const time = t[i]!;
    const tail = this.segments.at(-1);
    if (!tail || time > tail.lastTime) {
      this.#push(t, columns, i, i + 1);
      return true;
    }
    const index = this.#segmentAt(time);
    if (index >= 0 && this.#isRepeated(index, this.#rowAfter(index, time), columns, i, time)) return false;
    this.#placeAt(t, columns, i, index);
    return true;
  }

  #placeAt(t: Float64Array, columns: ReadonlyMap<string, Column>, i: number, index: number): void {
    const at = index < 0 ? 0 : this.#rowAfter(index, t[i]!);
    if (index === this.segments.length - 1 && (index < 0 || at === this.segments[index]!.to)) {
      this.#push(t, columns, i, i + 1);
    } else this.#insert(index, at, t, columns, i);
  }

  #rowAfter(index: number, time: number): number {
    return this.segments[index]!.lowerBound(justAfter(time));
  }

  /** The end of the rows from `i` on that strictly rise and follow what is there. */
  #endOfRise(t: Float64Array, i: number): number {
    let before = this.segments.at(-1)?.lastTime ?? -Infinity;
    let end = i;
    while (end < t.length && t[end]! > before) before = t[end++]!;
    return end;
  }

  /** The last segment that begins at or before `time`; -1 when all begin later. */
  #segmentAt(time: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.segments[mid]!.firstTime <= time) low = mid + 1;
      else high = mid;
    }
    return low - 1;
  }

  #isRepeated(index: number, at: number, columns: ReadonlyMap<string, Column>, i: number, time: number): boolean {
    let row = at - 1;
    for (let looked = 0; looked < repetitionsSearched; looked++, row--) {
      while (row < this.segments[index]!.from) {
        if (index === 0) return false;
        row = this.segments[--index]!.to - 1;
      }
      const segment = this.segments[index]!;
      if (segment.t[row] !== time) return false;
      if (segment.equalsRow(row, columns, i)) return true;
    }
    return false;
  }

  /** Puts a row before row `at` of segment `index` (-1: before everything). */
  #insert(index: number, at: number, t: Float64Array, columns: ReadonlyMap<string, Column>, i: number): void {
    const arrival = this.nextArrival++;
    this.rows++;
    let segment = this.segments[index];
    const next = this.segments[index + 1];
    const before = (segment?.bytes ?? 0) + (next?.bytes ?? 0);
    const count = this.segments.length;
    if (segment?.hasLayout(columns)) {
      if (segment.rows >= maxSegmentRows) {
        const middle = segment.from + (segment.rows >> 1);
        const right = segment.split(middle);
        this.segments.splice(index + 1, 0, right);
        if (at > middle) {
          at -= middle - right.from;
          segment = right;
        } else at -= middle - segment.to;
      }
      segment.insert(at, t, columns, i, arrival);
    } else if ((!segment || at === segment.to) && next?.hasLayout(columns) && next.rows < maxSegmentRows) {
      next.insert(next.from, t, columns, i, arrival);
    } else {
      const own = new Segment(columns, arrival);
      own.append(t, columns, i, i + 1, arrival);
      if (segment && at < segment.to) this.segments.splice(index + 1, 0, own, segment.split(at));
      else this.segments.splice(index + 1, 0, own);
    }
    const touched = this.segments.slice(Math.max(0, index), index + 2 + this.segments.length - count);
    this.bytes += touched.reduce((sum, one) => sum + one.bytes, -before);
    this.#keepWithinRows();
  }

  /** Appends rows `a` to `b`, which follow all others. */
  #push(t: Float64Array, columns: ReadonlyMap<string, Column>, a: number, b: number): void {
    let tail = this.segments.at(-1);
    if (!tail?.hasLayout(columns)) tail = undefined;
    while (a < b) {
      if (!tail || tail.rows >= maxSegmentRows) {
        tail = new Segment(columns, this.nextArrival);
        this.segments.push(tail);
        this.bytes += tail.bytes;
      }
      const n = Math.min(maxSegmentRows - tail.rows, b - a);
      this.bytes -= tail.bytes;
      tail.append(t, columns, a, a + n, this.nextArrival);
      this.bytes += tail.bytes;
      this.nextArrival += n;
      this.rows += n;
      a += n;
    }
    this.newest = Math.max(this.newest, t[b - 1]!);
    this.#keepWithinRows();
  }

  #keepWithinRows(): void {
    const excess = this.rows - this.options.maxRows;
    if (excess > 0) this.overflowed += this.#dropRows(excess);
  }

  #dropRows(n: number): number {
    let whole = 0;
    let rest = n;
    while (whole < this.segments.length && this.segments[whole]!.rows <= rest) rest -= this.segments[whole++]!.rows;
    return this.#drop(whole, rest);
  }

  #drop(whole: number, rowsOfNext: number): number {
    let dropped = 0;
    if (whole > 0) {
      for (const segment of this.segments.splice(0, whole)) {
        dropped += segment.rows;
        this.bytes -= segment.bytes;
        this.lastDropped = Math.max(this.lastDropped, segment.lastArrival);
      }
    }
    if (rowsOfNext > 0) {
      const head = this.segments[0]!;
      this.bytes -= head.bytes;
      this.lastDropped = Math.max(this.lastDropped, head.drop(rowsOfNext));
      head.giveBack();
      this.bytes += head.bytes;
      dropped += rowsOfNext;
    }
    this.rows -= dropped;
    return dropped;
  }
}
