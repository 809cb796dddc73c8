import { type Buckets, forEachBucket } from './buckets.js';
import { type Extremes, findExtremes } from './extremes.js';
import type { Piece } from './pieces.js';

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

type Floats = { readonly kind: 'f64'; readonly v: Float64Array };

/** Places of what is known of the open bucket. */
const [first, last, min, max, broken] = [0, 1, 2, 3, 4];
/** Most rows of one bucket. */
const mostRows = 5;
/** Rows that there is room for at first; then four times as many, since most answers have about four a bucket. */
const firstRoom = 1024;

/**
 * Picks M4 or min-max samples of doubles that come in pieces, however small, into two arrays that grow. A bucket that lies
 * within one piece, and has finite values only, is written at once; of the one that goes on in the next piece numbers are
 * kept, not rows to look through again.
 */
export class FloatExtremes {
  readonly #buckets: Buckets;
  readonly #withEnds: boolean;
  readonly #found: Extremes = { first: -1, last: -1, min: -1, max: -1, broken: -1 };
  /** Row (counted over all pushes, -1 for none), time and value of what is known of the open bucket. */
  readonly #row = new Float64Array(mostRows).fill(-1);
  readonly #time = new Float64Array(mostRows);
  readonly #value = new Float64Array(mostRows);
  #t: Float64Array;
  #v: Float64Array;
  #length = 0;
  #bucket = -1;
  #pushed = 0;
  #from = 0;

  constructor(buckets: Buckets, method: 'm4' | 'minmax') {
    this.#buckets = buckets;
    this.#withEnds = method === 'm4';
    const room = Math.min(firstRoom, mostRows * buckets.count);
    this.#t = new Float64Array(room);
    this.#v = new Float64Array(room);
  }

  push(t: Float64Array, column: Floats): void {
    forEachBucket(t, this.#buckets, (bucket, a, b) => {
      this.#from += b - a;
      if (bucket !== this.#bucket) {
        this.#close();
        if (b < t.length && this.#whole(t, column.v, a, b)) return;
        this.#bucket = bucket;
      }
      this.#part(t, column, a, b);
    });
    this.#pushed += t.length;
  }

  /** Ends the picking. */
  take(): PickedFloats {
    const done = this.#length;
    const bucket = this.#bucket;
    this.#close();
    return { done: this.#piece(0, done), open: this.#piece(done, this.#length), bucket, from: this.#from };
  }

  /** Ends the picking; all rows in one piece. */
  finish(): { readonly piece: Piece; readonly from: number } {
    this.#close();
    return { piece: this.#piece(0, this.#length), from: this.#from };
  }

  #piece(from: number, to: number): Piece {
    return { t: this.#t.slice(from, to), column: { kind: 'f64', v: this.#v.slice(from, to) } };
  }

  /** Writes the rows of a bucket that is all there; false, and nothing, where not all of its values are finite. */
  #whole(t: Float64Array, v: Float64Array, from: number, to: number): boolean {
    let low = Infinity;
    let high = -Infinity;
    let least = from;
    let greatest = from;
    let taint = 0;
    for (let i = from; i < to; i++) {
      const x = v[i]!;
      if (x < low) {
        low = x;
        least = i;
      }
      if (x > high) {
        high = x;
        greatest = i;
      }
      taint += x * 0; // NaN as soon as one value is NaN or infinite, without a branch
    }
    if (taint !== taint) return false;
    this.#makeRoom();
    const [earlier, later] = least < greatest ? [least, greatest] : [greatest, least];
    // Ends lie outside of extremes or are the same rows: the order is known.
    if (this.#withEnds && earlier !== from) this.#write(t[from]!, v[from]!);
    this.#write(t[earlier]!, v[earlier]!);
    if (later !== earlier) this.#write(t[later]!, v[later]!);
    if (this.#withEnds && later !== to - 1) this.#write(t[to - 1]!, v[to - 1]!);
    return true;
  }

  /** Adds rows to what is known of the open bucket. */
  #part(t: Float64Array, column: Floats, from: number, to: number): void {
    const { v } = column;
    const row = this.#row;
    const value = this.#value;
    const found = findExtremes(column, from, to, this.#found);
    if (found.first >= 0) {
      if (row[first] === -1) this.#set(first, t, v, found.first);
      this.#set(last, t, v, found.last);
      // Of equal values the earliest counts.
      if (row[min] === -1 || v[found.min]! < value[min]!) this.#set(min, t, v, found.min);
      if (row[max] === -1 || v[found.max]! > value[max]!) this.#set(max, t, v, found.max);
    }
    if (found.broken >= 0 && row[broken] === -1) this.#set(broken, t, v, found.broken);
  }

  #set(place: number, t: Float64Array, v: Float64Array, i: number): void {
    this.#row[place] = this.#pushed + i;
    this.#time[place] = t[i]!;
    this.#value[place] = v[i]!;
  }

  /** Writes the rows of the open bucket, in order and each once. */
  #close(): void {
    if (this.#bucket < 0) return;
    this.#makeRoom();
    const row = this.#row;
    let before = -1;
    for (;;) {
      let next = -1;
      for (let place = this.#withEnds ? first : min; place < mostRows; place++) {
        const own = row[place]!;
        if (own > before && (next < 0 || own < row[next]!)) next = place;
      }
      if (next < 0) break;
      before = row[next]!;
      this.#write(this.#time[next]!, this.#value[next]!);
    }
    row.fill(-1);
    this.#bucket = -1;
  }

  #write(t: number, v: number): void {
    this.#t[this.#length] = t;
    this.#v[this.#length] = v;
    this.#length++;
  }

  /** For the rows of one more bucket. */
  #makeRoom(): void {
    if (this.#length + mostRows <= this.#t.length) return;
    const [t, v] = [new Float64Array(4 * this.#t.length + mostRows), new Float64Array(4 * this.#t.length + mostRows)];
    t.set(this.#t);
    v.set(this.#v);
    this.#t = t;
    this.#v = v;
  }
}
