import { type Column, type ColumnKind, lowerBound } from '@sisock/core';
import { emptyStore, moved, shift, type Store } from './segment-store.js';

/** Most rows of a segment. */
export const maxSegmentRows = 4096;

const smallestCapacity = 8;
/** Room is made by this part of the rows: little memory is unused, and yet few rows are ever moved. */
const spare = 1 / 16;
const smallestGivenBack = 64;

/** Bytes beside the values, roughly: what one segment and one column of it cost in objects. */
const segmentBytes = 300;
const columnBytes = 250;
const textBytes = 24;

/**
 * Rows of one block in rising time, all with the same fields of the same types. Rows `from` to `to` (exclusive) are
 * there. Each row has its arrival number; they rise by one from row to row until a late row comes in between.
 */
export class Segment {
  t = new Float64Array(0);
  from = 0;
  to = 0;
  /** Arrival number of row 0, where `arrivals` is null. */
  firstArrival: number;
  arrivals: Float64Array | null = null;
  /** The greatest arrival number of its rows. */
  lastArrival = -1;
  readonly columns: ReadonlyMap<string, Store>;
  #rowBytes = 8;
  /** Of the texts written since rows moved last, given up or not. */
  #textBytes = 0;
  readonly #hasTexts: boolean = false;

  constructor(layout: Iterable<readonly [string, { readonly kind: ColumnKind }]>, firstArrival: number) {
    const columns = new Map<string, Store>();
    for (const [name, { kind }] of layout) {
      columns.set(name, emptyStore(kind));
      this.#rowBytes += kind === 'bool' ? 1 : 8;
      if (kind === 'str') this.#hasTexts = true;
    }
    this.columns = columns;
    this.firstArrival = firstArrival;
  }

  get rows(): number {
    return this.to - this.from;
  }

  get firstTime(): number {
    return this.t[this.from]!;
  }

  get lastTime(): number {
    return this.t[this.to - 1]!;
  }

  arrivalAt(row: number): number {
    return this.arrivals ? this.arrivals[row]! : this.firstArrival + row;
  }

  /** First row with a time of at least `x`, `to` when there is none. */
  lowerBound(x: number): number {
    return this.from + lowerBound(this.t.subarray(this.from, this.to), x);
  }

  /** How many rows stand before a time. For rows that are to be dropped then: it looks at each. */
  rowsBefore(x: number): number {
    let row = this.from;
    while (row < this.to && this.t[row]! < x) row++;
    return row - this.from;
  }

  /** Memory, roughly, in bytes: what is allocated, not only what is used. */
  get bytes(): number {
    const width = this.#rowBytes + (this.arrivals ? 8 : 0);
    return segmentBytes + this.columns.size * columnBytes + this.t.length * width + this.#textBytes;
  }

  hasLayout(columns: ReadonlyMap<string, Column>): boolean {
    if (columns.size !== this.columns.size) return false;
    for (const [name, { kind }] of columns) if (this.columns.get(name)?.kind !== kind) return false;
    return true;
  }

  /** Writes rows `a` to `b` of a batch behind the last row; their arrival numbers begin at `arrival`. */
  append(t: Float64Array, columns: ReadonlyMap<string, Column>, a: number, b: number, arrival: number): void {
    const n = b - a;
    this.#room(n);
    if (this.rows === 0) this.firstArrival = arrival - this.to;
    else if (this.arrivals === null && this.firstArrival + this.to !== arrival) this.#keepArrivals();
    if (this.arrivals) for (let i = 0; i < n; i++) this.arrivals[this.to + i] = arrival + i;
    if (n === 1) this.t[this.to] = t[a]!;
    else this.t.set(t.subarray(a, b), this.to);
    for (const [name, store] of this.columns) this.#write(store, this.to, columns.get(name)!, a, b);
    this.to += n;
    this.lastArrival = arrival + n - 1;
  }

  /** Puts row `i` of a batch before row `at`. */
  insert(at: number, t: Float64Array, columns: ReadonlyMap<string, Column>, i: number, arrival: number): void {
    const gap = at - this.from;
    this.#room(1);
    const place = this.from + gap;
    this.#keepArrivals();
    shift(this.t, place, this.to);
    shift(this.arrivals!, place, this.to);
    this.t[place] = t[i]!;
    this.arrivals![place] = arrival;
    for (const [name, store] of this.columns) {
      if (store.kind === 'str') store.v.splice(place, 0, '');
      else shift(store.v, place, this.to);
      this.#write(store, place, columns.get(name)!, i, i + 1);
    }
    this.to++;
    this.lastArrival = Math.max(this.lastArrival, arrival);
  }

  /** Moves the rows from `at` on to a segment of their own. */
  split(at: number): Segment {
    const right = new Segment(this.columns, this.arrivalAt(at));
    const columns = new Map<string, Column>(this.columns);
    right.append(this.t, columns, at, this.to, this.firstArrival + at);
    if (this.arrivals) right.#takeArrivals(this.arrivals.slice(at, this.to));
    const left = new Segment(this.columns, this.arrivalAt(this.from));
    left.append(this.t, columns, this.from, at, this.firstArrival + this.from);
    if (this.arrivals) left.#takeArrivals(this.arrivals.slice(this.from, at));
    this.#become(left);
    return right;
  }

  /** Gives up the first `n` rows. Returns the greatest arrival number among them. */
  drop(n: number): number {
    let last = -1;
    if (this.arrivals === null) last = this.firstArrival + this.from + n - 1;
    else for (let row = this.from; row < this.from + n; row++) last = Math.max(last, this.arrivals[row]!);
    if (this.#hasTexts) {
      for (const { kind, v } of this.columns.values()) if (kind === 'str') v.fill('', this.from, this.from + n);
    }
    this.from += n;
    return last;
  }

  /** Gives back the memory of rows that were dropped, once it is worth the moving. */
  giveBack(): void {
    if (this.from >= smallestGivenBack && this.from >= 2 * spare * this.t.length) this.#move(this.rows);
  }

  /** A copy of rows `a` to `b` (exclusive) of a column, or a view that is good until the next change. */
  column(name: string, a: number, b: number, how: 'copy' | 'view'): Column | null {
    const store = this.columns.get(name);
    if (!store) return null;
    switch (store.kind) {
      case 'f64':
        return { kind: 'f64', v: how === 'copy' ? store.v.slice(a, b) : store.v.subarray(a, b) };
      case 'i64':
        return { kind: 'i64', v: how === 'copy' ? store.v.slice(a, b) : store.v.subarray(a, b) };
      case 'bool':
        return { kind: 'bool', v: how === 'copy' ? store.v.slice(a, b) : store.v.subarray(a, b) };
      case 'str':
        return { kind: 'str', v: store.v.slice(a, b) };
    }
  }

  /** True when a row holds what row `i` of a batch holds. NaN is the same as NaN. */
  equalsRow(row: number, columns: ReadonlyMap<string, Column>, i: number): boolean {
    if (!this.hasLayout(columns)) return false;
    for (const [name, store] of this.columns) if (!Object.is(store.v[row], columns.get(name)!.v[i])) return false;
    return true;
  }

  #write(store: Store, at: number, column: Column, a: number, b: number): void {
    if (store.kind === 'str') {
      const texts = column.v as readonly string[];
      for (let i = a; i < b; i++) {
        const row = at + i - a;
        const before = store.v[row - 1];
        // States repeat: one text object for a run of them.
        store.v[row] = texts[i] === before ? before! : texts[i]!;
        this.#countText(store.v, row);
      }
    } else if (b - a === 1) (store.v as Float64Array)[at] = (column.v as Float64Array)[a]!;
    else (store.v as Float64Array).set((column.v as Float64Array).subarray(a, b), at);
  }

  /** Makes room for `n` rows more: in place where enough is free in front, else by growing. */
  #room(n: number): void {
    if (this.to + n <= this.t.length) return;
    const needed = this.rows + n;
    const roomy = Math.ceil(needed * (1 + spare));
    if (roomy <= this.t.length) this.#move(this.t.length);
    else this.#move(Math.max(smallestCapacity, needed, Math.min(roomy, maxSegmentRows)));
  }

  /** Moves the rows to the front, of new memory where the capacity changes. */
  #move(capacity: number): void {
    const { from, to } = this;
    this.#forgetArrivals();
    this.#textBytes = 0;
    this.t = moved(this.t, from, to, capacity);
    if (this.arrivals) this.arrivals = moved(this.arrivals, from, to, capacity);
    for (const store of this.columns.values()) {
      if (store.kind === 'str') {
        store.v = store.v.slice(from, to);
        for (let row = 0; row < store.v.length; row++) this.#countText(store.v, row);
      } else store.v = moved(store.v, from, to, capacity);
    }
    this.firstArrival += from;
    this.from = 0;
    this.to = to - from;
  }

  #countText(v: readonly string[], row: number): void {
    if (row === 0 || v[row] !== v[row - 1]) this.#textBytes += textBytes + 2 * v[row]!.length;
  }

  /** Numbers that rise by one from row to row need no list, once the late rows are gone. */
  #forgetArrivals(): void {
    if (!this.arrivals) return;
    const first = this.arrivals[this.from]! - this.from;
    for (let row = this.from; row < this.to; row++) if (this.arrivals[row] !== first + row) return;
    this.arrivals = null;
    this.firstArrival = first;
  }

  #keepArrivals(): void {
    if (this.arrivals) return;
    this.arrivals = new Float64Array(this.t.length);
    for (let row = this.from; row < this.to; row++) this.arrivals[row] = this.firstArrival + row;
  }

  #takeArrivals(arrivals: Float64Array): void {
    this.arrivals = new Float64Array(this.t.length);
    this.arrivals.set(arrivals);
    this.lastArrival = arrivals.reduce((a, b) => Math.max(a, b), -1);
  }

  #become(other: Segment): void {
    this.t = other.t;
    this.from = other.from;
    this.to = other.to;
    this.firstArrival = other.firstArrival;
    this.arrivals = other.arrivals;
    this.lastArrival = other.lastArrival;
    this.#textBytes = other.#textBytes;
    for (const [name, store] of this.columns) (store as { v: unknown }).v = other.columns.get(name)!.v;
  }
}
