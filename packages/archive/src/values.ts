import { createHash } from 'node:crypto';
import type { TimeRange } from '@sisock/core';

/** Smallest and largest tick that a column holds. */
export const leastTick = -(2n ** 63n);
export const mostTick = 2n ** 63n - 1n;

/** Statements are cut into pieces of this many rows, and of this many bytes. */
export const rowsPerStatement = 200;
export const bytesPerStatement = 1_000_000;

/** The key of texts that may be longer than an index can hold. */
export function keyOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** A name as the database can keep it: texts end at a NUL there. */
export function storable(name: string): string {
  return name.includes('\0') ? name.replaceAll('\0', '\ufffd') : name;
}

export function tickSeconds(tick: bigint): number {
  return Number(tick) / 1e8;
}

/** Ticks that surely hold the range: doubles can't tell neighbouring ticks apart, who needs it exactly looks again. */
export function ticksAround({ start, end }: TimeRange): { readonly first: bigint; readonly last: bigint } {
  return { first: clampTick(Math.floor(start * 1e8) - 256), last: clampTick(Math.ceil(end * 1e8) + 256) };
}

/** True when a span of ticks (both inclusive) meets the range (half open, seconds). */
export function meets(first: bigint, last: bigint, range: TimeRange): boolean {
  return tickSeconds(last) >= range.start && tickSeconds(first) < range.end;
}

/** A tick as a column holds it. */
export function clampTick(tick: number | bigint): bigint {
  if (typeof tick === 'bigint') return tick < leastTick ? leastTick : tick > mostTick ? mostTick : tick;
  if (Number.isNaN(tick)) return 0n;
  if (tick <= -(2 ** 63)) return leastTick;
  return tick >= 2 ** 63 ? mostTick : BigInt(tick);
}

/** `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, as the original's DATETIME(6) columns hold it; `round` says which way. */
export function ticksToDatetime(tick: bigint, round: 'down' | 'up'): string {
  let us = tick / 100n;
  if (us * 100n !== tick) {
    if (round === 'up' && tick > 0n) us += 1n;
    if (round === 'down' && tick < 0n) us -= 1n;
  }
  us = us < leastUs ? leastUs : us > mostUs ? mostUs : us;
  const rest = ((us % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((us - rest) / 1000n)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${String(rest).padStart(3, '0')}`;
}

/** Years 1000 to 9999: what a DATETIME can hold. */
const leastUs = BigInt(Date.UTC(1000, 0, 1)) * 1000n;
const mostUs = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) * 1000n;

/** Cuts rows into pieces for one statement each. */
export function* pieces<T>(
  rows: readonly T[],
  bytesOf: (row: T) => number = () => 0,
  mostRows = rowsPerStatement,
): Generator<T[]> {
  let piece: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    const more = bytesOf(row);
    if (piece.length >= mostRows || (piece.length > 0 && bytes + more > bytesPerStatement)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(row);
    bytes += more;
  }
  if (piece.length > 0) yield piece;
}
