import type { BlockEntry } from '@sisock/archive';
import type { ColumnKind } from '@sisock/core';

/** Blocks as columns, to go from thread to thread without a copy. What most of them have in common stands once. */
export interface PackedBlocks {
  readonly shapes: readonly {
    readonly feed: string;
    readonly block: string;
    readonly fields: ReadonlyMap<string, ColumnKind>;
  }[];
  readonly shape: Uint32Array<ArrayBuffer>;
  /** A row for each block: offset, length, index, count, rising (0 or 1). */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** A row for each block: provider, first tick, last tick. */
  readonly ticks: BigInt64Array<ArrayBuffer>;
}

const numbersOfBlock = 5;
const ticksOfBlock = 3;

export function packBlocks(blocks: readonly BlockEntry[]): PackedBlocks {
  const shapes: PackedBlocks['shapes'][number][] = [];
  const known = new Map<string, number>();
  const shape = new Uint32Array(blocks.length);
  const numbers = new Float64Array(blocks.length * numbersOfBlock);
  const ticks = new BigInt64Array(blocks.length * ticksOfBlock);
  for (const [i, one] of blocks.entries()) {
    const key = JSON.stringify([one.feed, one.block, ...one.fields]);
    let at = known.get(key);
    if (at === undefined) {
      known.set(key, (at = shapes.length));
      shapes.push({ feed: one.feed, block: one.block, fields: one.fields });
    }
    shape[i] = at;
    numbers.set([one.offset, one.length, one.index, one.count, one.rising ? 1 : 0], i * numbersOfBlock);
    ticks.set([one.providerId, one.minTick, one.maxTick], i * ticksOfBlock);
  }
  return { shapes, shape, numbers, ticks };
}

/** The buffers that may be handed over instead of copied. */
export const buffersOf = ({ shape, numbers, ticks }: PackedBlocks): ArrayBuffer[] => [
  shape.buffer,
  numbers.buffer,
  ticks.buffer,
];

export function unpackBlocks({ shapes, shape, numbers, ticks }: PackedBlocks): BlockEntry[] {
  return Array.from(shape, (at, i) => {
    const n = i * numbersOfBlock;
    const t = i * ticksOfBlock;
    return {
      ...shapes[at]!,
      offset: numbers[n]!,
      length: numbers[n + 1]!,
      index: numbers[n + 2]!,
      count: numbers[n + 3]!,
      rising: numbers[n + 4] === 1,
      providerId: ticks[t]!,
      minTick: ticks[t + 1]!,
      maxTick: ticks[t + 2]!,
    };
  });
}
