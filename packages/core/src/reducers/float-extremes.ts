import { type Buckets, forEachBucket } from './buckets.js';
import type { Piece } from './pieces.js';
import { type Kept, mostPicked, RowPicker } from './picks.js';

/** What was picked so far. */
export interface PickedFloats {
  /** Of the buckets that are over. */
  readonly done: Piece;
  /** What stands for the last bucket, which may go on. */
  readonly open: Piece;
  /** The last bucket; -1 where there is none. */
  readonly bucket: number;
  /** How many rows fell into the buckets. */
  readonly from: number;
}

type Floats = { readonly kind: 'f64'; readonly v: Float64Array };

/** Rows that there is room for at first; then four times as many, since most answers have about four a bucket. */
const firstRoom = 1024;
/** Rows of the open bucket that are kept as they are, so that small pieces cost no picking each. */
const openRoom = 128;

/**
 * Picks samples of doubles that come in pieces, however small, into two arrays that grow. A bucket that lies within one
 * piece is written at once; of the one that goes on in the next piece some rows are kept that stand for it.
 */
export class FloatExtremes {
  readonly #buckets: Buckets;
  readonly #kept: Kept;
  readonly #picker = new RowPicker();
  readonly #openTimes = new Float64Array(openRoom);
  readonly #open: Floats = { kind: 'f64', v: new Float64Array(openRoom) };
  #openLength = 0;
  #t: Float64Array;
  #v: Float64Array;
  #length = 0;
  #bucket = -1;
  #from = 0;

  constructor(buckets: Buckets, kept: Kept) {
    this.#buckets = buckets;
    this.#kept = kept;
    const room = Math.min(firstRoom, mostPicked * buckets.count);
    this.#t = new Float64Array(room);
    this.#v = new Float64Array(room);
  }

  push(t: Float64Array, column: Floats): void {
    forEachBucket(t, this.#buckets, (bucket, a, b) => {
      this.#from += b - a;
      if (bucket !== this.#bucket) {
        this.#close();
        if (b < t.length) return this.#write(t, column, a, b);
        this.#bucket = bucket;
      }
      this.#part(t, column, a, b);
    });
  }

  /** Ends the picking. */
  take(): PickedFloats {
    const open: Piece = {
      t: this.#openTimes.slice(0, this.#openLength),
      column: { kind: 'f64', v: this.#open.v.slice(0, this.#openLength) },
    };
    return { done: this.#piece(), open, bucket: this.#bucket, from: this.#from };
  }

  /** Ends the picking; all rows in one piece. */
  finish(): { readonly piece: Piece; readonly from: number } {
    this.#close();
    return { piece: this.#piece(), from: this.#from };
  }

  #piece(): Piece {
    return { t: this.#t.slice(0, this.#length), column: { kind: 'f64', v: this.#v.slice(0, this.#length) } };
  }

  /** Adds rows to the open bucket. */
  #part(t: Float64Array, column: Floats, from: number, to: number): void {
    if (this.#openLength > 0 && to - from > openRoom - this.#openLength) {
      const all = this.#openLength;
      this.#openLength = 0;
      this.#keep(this.#openTimes, this.#open, 0, all);
    }
    if (to - from > openRoom - this.#openLength) return this.#keep(t, column, from, to);
    const { v } = column;
    const times = this.#openTimes;
    const values = this.#open.v;
    let n = this.#openLength;
    for (let i = from; i < to; i++, n++) {
      times[n] = t[i]!;
      values[n] = v[i]!;
    }
    this.#openLength = n;
  }

  /** Adds what stands for these rows; where they are the open bucket's own, it takes their place. */
  #keep(t: Float64Array, column: Floats, from: number, to: number): void {
    const n = this.#picker.pick(column, from, to, 'stored');
    for (let i = 0; i < n; i++) {
      const row = this.#picker.rows[i]!;
      this.#openTimes[this.#openLength] = t[row]!;
      this.#open.v[this.#openLength] = column.v[row]!;
      this.#openLength++;
    }
  }

  /** Writes the samples of the open bucket. */
  #close(): void {
    if (this.#bucket < 0) return;
    this.#write(this.#openTimes, this.#open, 0, this.#openLength);
    this.#openLength = 0;
    this.#bucket = -1;
  }

  /** Writes the samples of a bucket that is all there. */
  #write(t: Float64Array, column: Floats, from: number, to: number): void {
    const { rows } = this.#picker;
    const n = this.#picker.pick(column, from, to, this.#kept);
    this.#makeRoom();
    for (let i = 0; i < n; i++) {
      this.#t[this.#length] = t[rows[i]!]!;
      this.#v[this.#length] = column.v[rows[i]!]!;
      this.#length++;
    }
  }

  /** For the rows of one more bucket. */
  #makeRoom(): void {
    if (this.#length + mostPicked <= this.#t.length) return;
    const [t, v] = [
      new Float64Array(4 * this.#t.length + mostPicked),
      new Float64Array(4 * this.#t.length + mostPicked),
    ];
    t.set(this.#t);
    v.set(this.#v);
    this.#t = t;
    this.#v = v;
  }
}
