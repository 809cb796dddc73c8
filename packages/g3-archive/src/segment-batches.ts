import { type Batch, type Column, type ColumnKind, SisockError, sliceColumn } from '@sisock/core';
import type { BlockRows } from './block-rows.js';
import type { Segment } from './same-tick.js';

/** Names in the answer by the fields' own: the same column may have been asked for by several names. */
export type ServedNames = ReadonlyMap<string, readonly string[]>;

/** Segments that follow each other as batches: a new one where the set of columns changes. One segment is told without a copy. */
export function batchesOf(segments: readonly Segment[], names: ServedNames): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < segments.length;) {
    const shape = shapeOf(segments[from]!);
    let to = from + 1;
    while (to < segments.length && sameShape(shape, segments[to]!)) to++;
    const t = joinTimes(segments, from, to);
    const columns = new Map<string, Column>();
    for (const [own, kind] of shape) {
      const column = joinColumn(segments, from, to, own, kind, t.length);
      for (const name of names.get(own) ?? []) columns.set(name, column);
    }
    batches.push({ t, columns });
    from = to;
  }
  return batches;
}

function shapeOf({ blocks }: Segment): ReadonlyMap<string, ColumnKind> {
  const shape = new Map<string, ColumnKind>();
  for (const { columns } of blocks) for (const [own, { kind }] of columns) shape.set(own, kind);
  return shape;
}

function sameShape(shape: ReadonlyMap<string, ColumnKind>, { blocks }: Segment): boolean {
  let columns = 0;
  for (const block of blocks) {
    columns += block.columns.size;
    for (const [own, { kind }] of block.columns) if (shape.get(own) !== kind) return false;
  }
  return columns === shape.size;
}

function joinTimes(segments: readonly Segment[], from: number, to: number): Float64Array {
  const views = segments.slice(from, to).map(({ blocks, from: rows, n }) => {
    return blocks[0]!.t.subarray(rows[0], rows[0]! + n);
  });
  if (views.length === 1) return views[0]!;
  const t = new Float64Array(views.reduce((sum, view) => sum + view.length, 0));
  let at = 0;
  for (const view of views) {
    t.set(view, at);
    at += view.length;
  }
  return t;
}

function joinColumn(
  segments: readonly Segment[],
  from: number,
  to: number,
  own: string,
  kind: ColumnKind,
  rows: number,
): Column {
  const place = (segment: Segment) => {
    const k = segment.blocks.findIndex((block: BlockRows) => block.columns.has(own));
    return { column: segment.blocks[k]!.columns.get(own)!, row: segment.from[k]!, n: segment.n };
  };
  if (to === from + 1) {
    const { column, row, n } = place(segments[from]!);
    return sliceColumn(column, row, row + n);
  }
  const joined = emptyColumn(kind, rows);
  let at = 0;
  for (let s = from; s < to; s++) {
    const { column, row, n } = place(segments[s]!);
    copyInto(joined, at, column, row, n);
    at += n;
  }
  return joined;
}

type Writable = Exclude<Column, { readonly kind: 'str' }> | { readonly kind: 'str'; readonly v: string[] };

function emptyColumn(kind: ColumnKind, rows: number): Writable {
  switch (kind) {
    case 'f64':
      return { kind, v: new Float64Array(rows) };
    case 'i64':
      return { kind, v: new BigInt64Array(rows) };
    case 'bool':
      return { kind, v: new Uint8Array(rows) };
    case 'str':
      return { kind, v: new Array<string>(rows) };
  }
}

function copyInto(target: Writable, at: number, source: Column, row: number, n: number): void {
  if (target.kind === 'f64' && source.kind === 'f64') target.v.set(source.v.subarray(row, row + n), at);
  else if (target.kind === 'i64' && source.kind === 'i64') target.v.set(source.v.subarray(row, row + n), at);
  else if (target.kind === 'bool' && source.kind === 'bool') target.v.set(source.v.subarray(row, row + n), at);
  else if (target.kind === 'str' && source.kind === 'str') {
    for (let i = 0; i < n; i++) target.v[at + i] = source.v[row + i]!;
  } else throw new SisockError('internal', `${source.kind} in a column of ${target.kind}`);
}
