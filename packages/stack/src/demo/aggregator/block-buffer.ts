import type { HkBlock } from '@sisock/codecs/g3';
import { type Column, concatColumns } from '@sisock/core';

/** A block on its way into a frame. */
export type BlockToWrite = Omit<HkBlock, 'index'>;

/** Ticks of 10 ns in a second. */
const ticksPerSecond = 1e8;

/** Rows of one block between two frames: all of them with the same fields of the same kinds. */
export class BlockBuffer {
  readonly #name: string;
  readonly #times: Float64Array[] = [];
  readonly #columns = new Map<string, Column[]>();
  #rows = 0;

  /** The first rows decide what the block holds. `columns` are under the names they get in the file. */
  constructor(name: string, t: Float64Array, columns: ReadonlyMap<string, Column>) {
    this.#name = name;
    for (const [field, column] of columns) this.#columns.set(field, [column]);
    this.#times.push(t);
    this.#rows = t.length;
  }

  get values(): number {
    return this.#rows * (this.#columns.size + 1);
  }

  /** False where these rows hold other fields or kinds: they need a frame of their own. */
  add(t: Float64Array, columns: ReadonlyMap<string, Column>): boolean {
    if (columns.size !== this.#columns.size) return false;
    for (const [field, { kind }] of columns) if (this.#columns.get(field)?.[0]!.kind !== kind) return false;
    for (const [field, column] of columns) this.#columns.get(field)!.push(column);
    this.#times.push(t);
    this.#rows += t.length;
    return true;
  }

  /** Everything that came, in the order it came. */
  block(): BlockToWrite {
    const columns = new Map<string, Column>();
    for (const [field, parts] of this.#columns) columns.set(field, concatColumns(parts));
    return { name: this.#name, ticks: ticksOf(this.#times, this.#rows), columns };
  }
}

/** As OCS makes ticks of UNIX seconds: cut, not rounded. */
export function ticksOf(parts: readonly Float64Array[], rows: number): BigInt64Array {
  const ticks = new BigInt64Array(rows);
  let i = 0;
  for (const t of parts) for (const x of t) ticks[i++] = BigInt(Math.trunc(x * ticksPerSecond));
  return ticks;
}
