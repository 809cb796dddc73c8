import { SisockError } from '@sisock/core';
import type { TickSpan, TilePlace } from '../types.js';
import { keyOf, tickSeconds } from '../values.js';

/** Powers there may be; which of them a feed has is kept as the bits of one number. */
const leastPower = -16;
const mostPower = 46;

/** @throws SisockError `bad_request` */
export function checkPlace({ power, index }: TilePlace): void {
  if (Number.isInteger(power) && power >= leastPower && power <= mostPower && Number.isSafeInteger(index)) return;
  throw new SisockError('bad_request', `a tile ${index} of 2^${power} s can't be stored`);
}

/** The same for the same set of fields. */
export function fieldsKey(fields: Iterable<string>): string {
  return keyOf(...[...new Set(fields)].sort());
}

export function bitOf(power: number): bigint {
  return 1n << BigInt(power - leastPower);
}

export function powersOf(bits: bigint): number[] {
  const powers: number[] = [];
  for (let power = leastPower; power <= mostPower; power++) if ((bits & bitOf(power)) !== 0n) powers.push(power);
  return powers;
}

/** First and last tile that hold a sample of the span. */
export function tilesOf(power: number, { first, last }: TickSpan): readonly [number, number] {
  const length = 2 ** power;
  return [Math.floor(tickSeconds(first) / length), Math.floor(tickSeconds(last) / length)];
}
