import { type Buckets, forEachBucket } from './buckets.js';
import { type Extremes, findExtremes } from './extremes.js';
import type { Piece } from './pieces.js';

/** Rows of a bucket that are kept, in this order where they are kept as numbers. */
const stats = ['first', 'last', 'min', 'max', 'broken'] as const;

/** What was picked so far. */
export interface PickedFloats {
  /** Of the buckets that are over. */
  readonly done: Piece;
  /** Of the last bucket, which may go on. */
  readonly open: Piece;
  /** The last bucket; -1 where there is none. */
  readonly bucket: number;
  /** How many rows fell into the buckets. */
  readonly from: number;
}

/**
 * Picks M4 or min-max samples of doubles that come in pieces, however small, into two arrays that grow: what is known of
 * the bucket that is open are numbers, not rows to look through again.
 */
export class FloatExtremes {
  readonly #buckets: Buckets;
  readonly #kept: readonly number[];
  readonly #found: Extremes = { first: -1, last: -1, min: -1, max: -1, broken: -1 };
  /** By the order of `stats`: row (counted over all pushes, -1 for none), time and value in the open bucket. */
  readonly #row = new Float64Array(stats.length).fill(-1);
  readonly #time = new Float64Array(stats.length);
  readonly #value = new Float64Array(stats.length);
  readonly #order = new Int32Array(stats.length);
  #t = new Float64Array(64);
  #v = new Float64Array(64);
  #length = 0;
  #bucket = -1;
  #pushed = 0;
  #from = 0;

  constructor(buckets: Buckets, method: 'm4' | 'minmax') {
    this.#buckets = buckets;
    this.#kept = method === 'm4' ? [0, 1, 2, 3, 4] : [2, 3, 4];
  }

  push(t: Float64Array, column: { readonly kind: 'f64'; readonly v: Float64Array }): void {
    const found = this.#found;
    forEachBucket(t, this.#buckets, (bucket, a, b) => {
      if (bucket !== this.#bucket) {
        this.#close();
        this.#bucket = bucket;
      }
      this.#from += b - a;
      findExtremes(column, a, b, found);
      const { first, last, min, max, broken } = found;
      if (first >= 0) {
        const { v } = column;
        if (this.#row[0] === -1) this.#set(0, t, v, first);
        this.#set(1, t, v, last);
        // Of equal values the earliest counts.
        if (this.#row[2] === -1 || v[min]! < this.#value[2]!) this.#set(2, t, v, min);
        if (this.#row[3] === -1 || v[max]! > this.#value[3]!) this.#set(3, t, v, max);
      }
      if (broken >= 0 && this.#row[4] === -1) this.#set(4, t, column.v, broken);
    });
    this.#pushed += t.length;
  }

  /** Ends the picking. */
  take(): PickedFloats {
    const done = this.#length;
    const bucket = this.#bucket;
    this.#close();
    const piece = (from: number, to: number): Piece => ({
      t: this.#t.slice(from, to),
      column: { kind: 'f64', v: this.#v.slice(from, to) },
    });
    return { done: piece(0, done), open: piece(done, this.#length), bucket, from: this.#from };
  }

  #set(stat: number, t: Float64Array, v: Float64Array, i: number): void {
    this.#row[stat] = this.#pushed + i;
    this.#time[stat] = t[i]!;
    this.#value[stat] = v[i]!;
  }

  /** Writes the rows of the open bucket, in order and each once. */
  #close(): void {
    const row = this.#row;
    const order = this.#order;
    let n = 0;
    for (const stat of this.#kept) {
      const own = row[stat]!;
      if (own < 0) continue;
      let at = n;
      while (at > 0 && row[order[at - 1]!]! > own) at--;
      if (at > 0 && row[order[at - 1]!] === own) continue;
      for (let i = n; i > at; i--) order[i] = order[i - 1]!;
      order[at] = stat;
      n++;
    }
    if (this.#length + n > this.#t.length) this.#grow();
    for (let i = 0; i < n; i++) {
      this.#t[this.#length] = this.#time[order[i]!]!;
      this.#v[this.#length] = this.#value[order[i]!]!;
      this.#length++;
    }
    row.fill(-1);
    this.#bucket = -1;
  }

  #grow(): void {
    const [t, v] = [new Float64Array(2 * this.#t.length), new Float64Array(2 * this.#v.length)];
    t.set(this.#t);
    v.set(this.#v);
    this.#t = t;
    this.#v = v;
  }
}
