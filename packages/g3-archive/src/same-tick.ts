import type { Column } from '@sisock/core';
import type { BlockRows } from './block-rows.js';
import { comparePlaces, type Position } from './position.js';

/** Rows of one or more blocks side by side: `n` rows from `from[k]` of `blocks[k]`. Several blocks have no column in common. */
export interface Segment {
  readonly blocks: readonly BlockRows[];
  readonly from: readonly number[];
  n: number;
}

/** The last of the rows that stand side by side at row `i` of a segment. */
export function positionIn({ blocks, from }: Segment, i: number): Position {
  let last = 0;
  for (let k = 1; k < blocks.length; k++) if (comparePlaces(blocks[k]!, blocks[last]!) > 0) last = k;
  const { fileId, offset, index, ticks } = blocks[last]!;
  const row = from[last]! + i;
  return { fileId, offset, index, tick: ticks[row]!, row };
}

/** All columns of a block, in the same order of rows; undefined while they are not known. */
export type WholeBlocks = ReadonlyMap<BlockRows, BlockRows>;

/**
 * Rows of one tick, given in the order of their places, as they are told: what another frame has said already is left out,
 * and rows of blocks with different fields stand side by side. Repeats within one block stay. Whether a row is a repeat is
 * told by all of its columns, not only by those that are wanted: the same samples are left out whatever is asked for.
 * @returns the blocks of which all columns must be known for that, where they are not
 */
export function joinSameTick(
  rows: readonly { readonly block: BlockRows; readonly row: number }[],
  whole: WholeBlocks,
): Segment[] | { readonly missing: readonly BlockRows[] } {
  const told: { blocks: BlockRows[]; from: number[]; n: number }[] = [];
  const missing = new Set<BlockRows>();
  for (const { block, row } of rows) {
    const others = told.filter(({ blocks }) => !blocks.includes(block));
    const alike = others.filter((other) => repeats(block, row, other.blocks, other.from));
    for (const { blocks } of alike) for (const one of [block, ...blocks]) if (!whole.has(one)) missing.add(one);
    if (missing.size > 0) continue;
    const wholeOf = (one: BlockRows) => whole.get(one)!;
    if (alike.some(({ blocks, from }) => repeats(wholeOf(block), row, blocks.map(wholeOf), from))) continue;
    const beside = others.find(({ blocks }) => blocks.every((other) => sharesNothing(other.columns, block.columns)));
    if (beside) {
      beside.blocks.push(block);
      beside.from.push(row);
    } else told.push({ blocks: [block], from: [row], n: 1 });
  }
  return missing.size > 0 ? { missing: [...missing] } : told;
}

/** True when all values of the row are among those of the other rows, which stand side by side. */
function repeats(block: BlockRows, row: number, blocks: readonly BlockRows[], from: readonly number[]): boolean {
  for (const [name, column] of block.columns) {
    const k = blocks.findIndex(({ columns }) => columns.has(name));
    if (k < 0) return false;
    const other = blocks[k]!.columns.get(name)!;
    if (other.kind !== column.kind || !Object.is(other.v[from[k]!], column.v[row])) return false;
  }
  return true;
}

function sharesNothing(a: ReadonlyMap<string, Column>, b: ReadonlyMap<string, Column>): boolean {
  for (const name of b.keys()) if (a.has(name)) return false;
  return true;
}
