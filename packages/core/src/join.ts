import { asFloat64, type Batch, type Column, type ColumnKind, valueAt } from './batch.js';
import { SisockError } from './errors.js';

/** The kind that holds values of both: equal kinds stay, different numbers (and bools among them) become f64, text wins. */
export function widerKind(a: ColumnKind, b: ColumnKind): ColumnKind {
  if (a === b) return a;
  return a === 'str' || b === 'str' ? 'str' : 'f64';
}

/** A column as `kind`, which must be as wide (see {@link widerKind}); the same column where it is of that kind. */
export function widenColumn(column: Column, kind: ColumnKind): Column {
  if (column.kind === kind) return column;
  if (kind === 'f64') return { kind, v: asFloat64(column) };
  const v: string[] = [];
  for (let i = 0; i < column.v.length; i++) v.push(String(valueAt(column, i)));
  return { kind: 'str', v };
}

/** Times one after the other in one array. */
export function concatTimes(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0]!;
  return joinInto(new Float64Array(totalLength(parts)), parts);
}

/** Columns one after the other; different kinds are widened. At least one column. */
export function concatColumns(columns: readonly Column[]): Column {
  const first = columns[0];
  if (first === undefined) throw new SisockError('internal', 'no columns to join');
  if (columns.length === 1) return first;
  const kind = columns.reduce((k, c) => widerKind(k, c.kind), first.kind);
  const wide = columns.map((c) => widenColumn(c, kind));
  switch (kind) {
    case 'f64': {
      const parts = wide.map((c) => c.v as Float64Array);
      return { kind, v: joinInto(new Float64Array(totalLength(parts)), parts) };
    }
    case 'i64': {
      const v = new BigInt64Array(totalLength(wide.map((c) => c.v)));
      let at = 0;
      for (const c of wide) {
        v.set(c.v as BigInt64Array, at);
        at += c.v.length;
      }
      return { kind, v };
    }
    case 'bool': {
      const v = new Uint8Array(totalLength(wide.map((c) => c.v)));
      let at = 0;
      for (const c of wide) {
        v.set(c.v as Uint8Array, at);
        at += c.v.length;
      }
      return { kind, v };
    }
    case 'str': {
      const v: string[] = [];
      for (const c of wide) for (const text of c.v as readonly string[]) v.push(text);
      return { kind, v };
    }
  }
}

/** Joins neighbours that have the same columns (names and kinds); where those change, a new batch begins. Empty ones go. */
export function concatBatches(batches: Iterable<Batch>): Batch[] {
  const joined: Batch[] = [];
  let run: Batch[] = [];
  const flush = () => {
    if (run.length > 0) joined.push(joinSame(run));
    run = [];
  };
  for (const batch of batches) {
    if (batch.t.length === 0) continue;
    if (run.length > 0 && !sameColumns(run[0]!, batch)) flush();
    run.push(batch);
  }
  flush();
  return joined;
}

function joinSame(run: readonly Batch[]): Batch {
  const first = run[0]!;
  if (run.length === 1) return first;
  const columns = new Map<string, Column>();
  for (const name of first.columns.keys()) {
    columns.set(name, concatColumns(run.map((b) => b.columns.get(name)!)));
  }
  return { t: concatTimes(run.map((b) => b.t)), columns };
}

/** True when both batches have columns of the same names and kinds. */
export function sameColumns(a: Batch, b: Batch): boolean {
  if (a.columns.size !== b.columns.size) return false;
  for (const [name, column] of a.columns) if (b.columns.get(name)?.kind !== column.kind) return false;
  return true;
}

function joinInto(target: Float64Array, parts: readonly Float64Array[]): Float64Array {
  let at = 0;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
  return target;
}

function totalLength(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((n, p) => n + p.length, 0);
}
