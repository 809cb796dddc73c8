import type { ByteReader } from '@sisock/codecs/packed';
import type { Column } from '@sisock/core';
import { moved, type Store, emptyStore } from '../segment-store.js';
import type { Header, Layout, RowHead, Rows, RowSink } from './records.js';

/** Most values (rows x fields) that are put together; a few rows always are. */
const mostValues = 262_144;
const fewRows = 64;

/** Rows of one layout, one record after the other. */
interface Open {
  readonly layout: Layout;
  readonly firstArrival: number;
  readonly mostRows: number;
  revision: number;
  n: number;
  t: Float64Array;
  readonly stores: readonly (readonly [own: string, Store])[];
}

/** What a file holds, in larger pieces than it was written in. Of one block (timeline) they come in their order. */
export interface Gathered {
  header?(header: Header): void;
  rows(layout: Layout, rows: Rows): void;
}

/**
 * Puts rows of the same layout together that arrived one behind the other: many events hold one row. `end` gives out what
 * is still open.
 */
export class RowGatherer implements RowSink {
  readonly #into: Gathered;
  readonly #open = new Map<string, Open>();

  constructor(into: Gathered) {
    this.#into = into;
  }

  header(header: Header): void {
    this.#into.header?.(header);
  }

  layout(layout: Layout): void {
    this.#close(keyOf(layout));
  }

  rows(layout: Layout, head: RowHead, plain: ByteReader): void {
    const key = keyOf(layout);
    let open = this.#open.get(key);
    if (
      open &&
      (open.layout !== layout || open.firstArrival + open.n !== head.firstArrival || open.n + head.n > open.mostRows)
    ) {
      this.#close(key);
      open = undefined;
    }
    if (!open) {
      const stores = layout.columns.map(({ own, kind }) => [own, emptyStore(kind)] as const);
      const mostRows = Math.max(fewRows, Math.floor(mostValues / (stores.length + 1)));
      open = { layout, ...head, mostRows, n: 0, t: new Float64Array(0), stores };
      this.#open.set(key, open);
    }
    append(open, head, plain);
  }

  packed(layout: Layout, rows: Rows): void {
    this.#close(keyOf(layout));
    this.#into.rows(layout, rows);
  }

  end(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    const { layout, firstArrival, revision, t, n, stores } = open;
    if (n === 0) return;
    const columns = new Map(stores.map(([own, { kind, v }]) => [own, { kind, v: v.slice(0, n) } as Column]));
    this.#into.rows(layout, { firstArrival, revision, t: t.subarray(0, n), columns });
  }
}

function keyOf({ feed, blockName }: Layout): string {
  return `${feed.address}.${blockName}`;
}

/** Leaves `open` as it was when the bytes end too early. */
function append(open: Open, { n, revision }: RowHead, plain: ByteReader): void {
  const end = open.n + n;
  if (end > open.t.length) {
    const capacity = Math.max(16, end, Math.min(2 * open.t.length, open.mostRows));
    open.t = moved(open.t, 0, open.n, capacity);
    for (const [, store] of open.stores) if (store.kind !== 'str') store.v = moved(store.v, 0, open.n, capacity);
  }
  plain.words(open.t, open.n, end);
  for (const [, store] of open.stores) readPlain(store, open.n, end, plain);
  open.n = end;
  open.revision = revision;
}

function readPlain(store: Store, from: number, to: number, plain: ByteReader): void {
  switch (store.kind) {
    case 'f64':
    case 'i64':
      return plain.words(store.v, from, to);
    case 'bool':
      return store.v.set(plain.raw(to - from), from);
    case 'str':
      for (let row = from; row < to; row++) store.v[row] = plain.text();
  }
}
