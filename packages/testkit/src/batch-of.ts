import type { Batch, Column, Value } from '@sisock/core';

/** Values as a column: the kind is that of the first one (none: f64). */
export function columnOf(values: readonly Value[]): Column {
  const kind = typeof values[0];
  if (kind === 'bigint') return { kind: 'i64', v: BigInt64Array.from(values as readonly bigint[]) };
  if (kind === 'boolean') return { kind: 'bool', v: Uint8Array.from(values as readonly boolean[], Number) };
  if (kind === 'string') return { kind: 'str', v: values as readonly string[] };
  return { kind: 'f64', v: Float64Array.from(values as readonly number[]) };
}

/** A batch out of plain values: `batchOf([1, 2], { temperature: [0.1, 0.2], state: ['ok', 'ok'] })`. */
export function batchOf(t: readonly number[], fields: Readonly<Record<string, readonly Value[]>>): Batch {
  const columns = new Map(Object.entries(fields).map(([name, values]) => [name, columnOf(values)]));
  return { t: Float64Array.from(t), columns };
}

/** A sample as tests compare it. */
export type Sample = readonly [t: number, value: Value];

/** The samples of one field in batches that follow each other. */
export function samplesOf(batches: Iterable<Batch>, field: string): Sample[] {
  const samples: Sample[] = [];
  for (const batch of batches) {
    const column = batch.columns.get(field);
    if (column === undefined) continue;
    batch.t.forEach((t, i) => {
      const value = column.v[i]!;
      samples.push([t, column.kind === 'bool' ? value === 1 : value]);
    });
  }
  return samples;
}
