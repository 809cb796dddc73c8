import { type Column, takeColumn } from '@sisock/core';
import type { HkBlock } from '@sisock/codecs/g3';
import { ticksToSeconds } from '@sisock/codecs/g3';
import type { Place } from './position.js';

/** Rows of a block in rising time, with the columns that are wanted. */
export interface BlockRows extends Place {
  readonly t: Float64Array;
  readonly ticks: BigInt64Array;
  /** By the fields' own names. */
  readonly columns: ReadonlyMap<string, Column>;
}

/** How the rows of a block are brought into rising order of time: null where they stand in it. Equal times keep their order. */
export function risingOrder(ticks: BigInt64Array): Uint32Array | null {
  let rising = true;
  for (let i = 1; rising && i < ticks.length; i++) rising = ticks[i]! >= ticks[i - 1]!;
  if (rising) return null;
  const order = Uint32Array.from(ticks, (_, i) => i);
  return order.sort((a, b) => {
    const [x, y] = [ticks[a]!, ticks[b]!];
    return x < y ? -1 : x > y ? 1 : a - b;
  });
}

/** A decoded block as rows in rising time. `rising`: it is known to be so already. */
export function rowsOfBlock({ ticks, columns }: HkBlock, place: Place, rising: boolean): BlockRows {
  const order = rising ? null : risingOrder(ticks);
  const { fileId, offset, index } = place;
  if (order === null) return { fileId, offset, index, t: ticksToSeconds(ticks), ticks, columns };
  const sorted = BigInt64Array.from(order, (i) => ticks[i]!);
  const taken = new Map<string, Column>();
  for (const [name, column] of columns) taken.set(name, takeColumn(column, order));
  return { fileId, offset, index, t: ticksToSeconds(sorted), ticks: sorted, columns: taken };
}

/** Bytes that an array takes beside its values: as much as its values where a frame holds few samples. */
export const arrayOverhead = 450;

/** About how many bytes a column takes. */
export function columnBytes(column: Column): number {
  if (column.kind !== 'str') return column.v.byteLength + arrayOverhead;
  return column.v.reduce((bytes, text) => bytes + 16 + 2 * text.length, arrayOverhead);
}

/** First row with a tick of at least `tick` in rising ticks (their number when there is none). */
export function lowerTick(ticks: BigInt64Array, tick: bigint): number {
  let low = 0;
  let high = ticks.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (ticks[mid]! < tick) low = mid + 1;
    else high = mid;
  }
  return low;
}
