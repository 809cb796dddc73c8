import type { Column } from '@sisock/core';
import { archiveFieldName, type FeedBlock, unusedName } from '@sisock/data-feed-server';
import type { AggregatorParams } from './agg-params.js';
import { BlockBuffer, type BlockToWrite } from './block-buffer.js';

/** Values a provider holds at most before they become a frame, however long its frames are to be. */
const defaultMaxValues = 500_000;

/** One feed of one run of an agent, and its samples on their way into frames. */
export class Provider {
  readonly id: bigint;
  readonly address: string;
  readonly sessionId: string;
  readonly #params: AggregatorParams;
  readonly #maxValues: number;
  readonly #blocks = new Map<string, BlockBuffer>();
  readonly #ready: (readonly BlockToWrite[])[] = [];
  #frameBegan: number | null = null;
  #lastSeen: number;

  constructor(
    id: bigint,
    address: string,
    sessionId: string,
    params: AggregatorParams,
    now: number,
    maxValues = defaultMaxValues,
  ) {
    this.id = id;
    this.address = address;
    this.sessionId = sessionId;
    this.#params = params;
    this.#maxValues = maxValues;
    this.#lastSeen = now;
  }

  /** Takes the blocks of a message. Returns how many rows. */
  add(blocks: readonly FeedBlock[], now: number): number {
    this.#lastSeen = now;
    let rows = 0;
    for (const { blockName, t, columns } of blocks) {
      this.#frameBegan ??= Math.min(now, t[0] ?? now);
      this.#append(blockName, t, inFileSpelling(columns));
      rows += t.length;
    }
    return rows;
  }

  /** Nothing came for longer than the feed's fresh time (or the clock was set back by as much). */
  isSilent(now: number): boolean {
    return Math.abs(now - this.#lastSeen) > this.#params.freshSec;
  }

  /** The frames that are due; all there is when `everything`. */
  frames(now: number, everything = false): readonly (readonly BlockToWrite[])[] {
    const due = this.#frameBegan !== null && Math.abs(now - this.#frameBegan) > this.#params.frameSec;
    if (due || everything) this.#cut();
    return this.#ready.splice(0);
  }

  #append(name: string, t: Float64Array, columns: ReadonlyMap<string, Column>): void {
    const buffer = this.#blocks.get(name);
    if (buffer?.add(t, columns) !== true) {
      // A block holds the same fields throughout a frame, so other ones begin another frame.
      if (buffer) this.#cut();
      this.#blocks.set(name, new BlockBuffer(name, t, columns));
    }
    let values = 0;
    for (const block of this.#blocks.values()) values += block.values;
    if (values >= this.#maxValues) this.#cut();
  }

  #cut(): void {
    if (this.#blocks.size > 0) this.#ready.push([...this.#blocks.values()].map((buffer) => buffer.block()));
    this.#blocks.clear();
    this.#frameBegan = null;
  }
}

/** Columns under the names they get in the file: OCS's rules, `_01` after a name that is taken in the block. */
function inFileSpelling(columns: ReadonlyMap<string, Column>): ReadonlyMap<string, Column> {
  const spelled = new Map<string, Column>();
  for (const [own, column] of columns)
    spelled.set(
      unusedName(archiveFieldName(own), (n) => spelled.has(n)),
      column,
    );
  return spelled;
}
