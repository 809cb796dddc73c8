import { broken, ByteReader, type ByteWriter, readPacked, writePacked } from '@sisock/codecs/packed';
import type { Column, ColumnKind } from '@sisock/core';
import type { FeedInfo } from '../feed-info.js';

/** Of what is written here. Files of a newer format are left alone. */
export const currentFormat = 1;

const headerRecord = 1;
const layoutRecord = 2;
const rowsRecord = 3;
const packedRecord = 4;

/** What a file says of itself. */
export interface Header {
  readonly format: number;
  /** Its rows are written compactly. */
  readonly packed: boolean;
}

/** What rows of a block look like: written once a file before the first rows of that kind. */
export interface Layout {
  /** Names it within the file. */
  readonly id: number;
  readonly feed: FeedInfo;
  readonly blockName: string;
  readonly columns: readonly LayoutColumn[];
  readonly ring: RingMark;
  /** How the served names of its fields were made. */
  readonly naming: string;
}

export interface LayoutColumn {
  readonly own: string;
  readonly kind: ColumnKind;
  readonly served: string;
}

/** A ring's name in cursors, and those it had in former runs, each with how many rows had arrived by its end. */
export interface RingMark {
  readonly id: string;
  readonly former: readonly (readonly [id: string, arrivals: number])[];
}

/** Rows of one layout in the order of their arrival; their arrival numbers rise by one. */
export interface Rows {
  readonly firstArrival: number;
  /** The ring's revision after them. */
  readonly revision: number;
  readonly t: Float64Array;
  readonly columns: ReadonlyMap<string, Column>;
}

export function writeHeader(out: ByteWriter, header: Header): void {
  out.byte(headerRecord);
  out.text(JSON.stringify(header));
}

export function writeLayout(out: ByteWriter, layout: Layout): void {
  out.byte(layoutRecord);
  out.text(JSON.stringify(layout));
}

/** Rows as they come: quick to write. `order`: the rows to write and their order; null: all as they stand. */
export function writeRows(
  out: ByteWriter,
  layout: Layout,
  { t, columns, firstArrival, revision }: Rows,
  order: readonly number[] | null,
): void {
  const n = order ? order.length : t.length;
  out.byte(rowsRecord);
  writeHead(out, layout.id, n, firstArrival, revision);
  writePlain(out, { kind: 'f64', v: t }, order);
  for (const { own } of layout.columns) writePlain(out, columns.get(own)!, order);
}

/** The same compactly. */
export function writePackedRows(out: ByteWriter, layout: Layout, { t, columns, firstArrival, revision }: Rows): void {
  out.byte(packedRecord);
  writeHead(out, layout.id, t.length, firstArrival, revision);
  writePacked(out, { kind: 'f64', v: t });
  for (const { own } of layout.columns) writePacked(out, columns.get(own)!);
}

function writeHead(out: ByteWriter, id: number, n: number, firstArrival: number, revision: number): void {
  out.varint(id);
  out.varint(n);
  out.varint(firstArrival);
  out.varint(revision);
}

function writePlain(out: ByteWriter, column: Column, order: readonly number[] | null): void {
  const { kind, v } = column;
  const n = order ? order.length : v.length;
  if (kind === 'str' || kind === 'bool') {
    for (let i = 0; i < n; i++) {
      const row = order ? order[i]! : i;
      if (kind === 'str') out.text(v[row]!);
      else out.byte(v[row]!);
    }
  } else if (order === null) out.words(v);
  else for (const row of order) out.words(v.subarray(row, row + 1));
}

/** Where plain rows are put together; see gather-rows.ts. */
export interface RowSink {
  header(header: Header): void;
  layout(layout: Layout): void;
  /** Rows still to be read from `plain` (column by column as the layout says, times first), or whole ones. */
  rows(layout: Layout, head: RowHead, plain: ByteReader): void;
  packed(layout: Layout, rows: Rows): void;
}

export interface RowHead {
  readonly n: number;
  readonly firstArrival: number;
  readonly revision: number;
}

/**
 * Reads the records of a frame. `layouts` are those of its file by now.
 * @throws SisockError `bad_data` for bytes that are no records.
 */
export function readRecords(payload: Uint8Array, layouts: Map<number, Layout>, sink: RowSink): void {
  const from = new ByteReader(payload);
  while (from.left > 0) {
    const type = from.byte();
    if (type === headerRecord) {
      const { format, packed } = JSON.parse(from.text()) as Header;
      sink.header({ format, packed });
      if (format > currentFormat) return;
    } else if (type === layoutRecord) {
      const layout = JSON.parse(from.text()) as Layout;
      layouts.set(layout.id, layout);
      sink.layout(layout);
    } else if (type === rowsRecord || type === packedRecord) {
      const layout = layouts.get(from.varint());
      if (!layout) throw broken('rows of a layout that is not there');
      const head = { n: from.varint(), firstArrival: from.varint(), revision: from.varint() };
      if (type === rowsRecord) {
        if (head.n * 8 > from.left) throw broken(`${head.n} rows in ${from.left} bytes`);
        sink.rows(layout, head, from);
      } else sink.packed(layout, readPackedRows(from, layout, head));
    } else throw broken(`record of unknown type ${type}`);
  }
}

/** Runs of equal values take hardly any bytes: so many rows are believed. */
const mostPackedRows = 2 ** 24;

function readPackedRows(from: ByteReader, layout: Layout, { n, firstArrival, revision }: RowHead): Rows {
  if (n > mostPackedRows) throw broken(`${n} rows in one block`);
  const { v: t } = readPacked(from, 'f64', n) as Column & { kind: 'f64' };
  const columns = new Map(layout.columns.map(({ own, kind }) => [own, readPacked(from, kind, n)]));
  return { firstArrival, revision, t, columns };
}
