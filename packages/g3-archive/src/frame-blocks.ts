import { decodeHk, type G3Frame, type HkBlock } from '@sisock/codecs/g3';
import { type Column, Lru, SisockError, throwIfCancelled, toSisockError } from '@sisock/core';
import type { FrameFiles } from '@sisock/g3-files';
import { type BlockRows, columnBytes, risingOrder, rowsOfBlock } from './block-rows.js';
import type { PlannedFrame } from './frame-plan.js';
import type { Troubles } from './troubles.js';

/** Rows of a block as they are kept: null stands for a field that it does not have. */
interface KeptBlock {
  readonly revision: string;
  readonly count: number;
  readonly minTick: bigint;
  readonly maxTick: bigint;
  readonly rows: Omit<BlockRows, 'columns'>;
  readonly columns: Map<string, Column | null>;
}

export interface FrameBlocksOptions {
  readonly files: Pick<FrameFiles, 'frame' | 'frames'>;
  readonly troubles: Troubles;
  /** Most bytes of rows kept; 0 keeps none. */
  readonly cacheBytes: number;
  /** Told of frames that can be read again. */
  readonly onRecovered: (frames: readonly PlannedFrame[]) => void;
}

/** Parts of a file that are read at the same time, and bytes below which one part is not worth it. */
const mostParts = 8;
const leastPartBytes = 131_072;

/** Bytes of bookkeeping a block. */
const overhead = 400;

/** Blocks of frames, decoded as far as they are wanted, and kept in memory up to a limit. */
export class FrameBlocks {
  readonly #files: Pick<FrameFiles, 'frame' | 'frames'>;
  readonly #troubles: Troubles;
  readonly #onRecovered: (frames: readonly PlannedFrame[]) => void;
  readonly #kept: Lru<KeptBlock>;
  readonly counts = { hits: 0, misses: 0, frames: 0, bytes: 0 };

  constructor({ files, troubles, cacheBytes, onRecovered }: FrameBlocksOptions) {
    this.#files = files;
    this.#troubles = troubles;
    this.#onRecovered = onRecovered;
    this.#kept = new Lru(cacheBytes);
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  /**
   * Rows of the frames' blocks with those of the fields that they have (own names); null for a block that has none of them,
   * or can't be read. `revision`: of the archive's data; what was kept under another one is read again.
   * @throws SisockError `cancelled`
   */
  async load(
    frames: readonly PlannedFrame[],
    fields: ReadonlySet<string>,
    revision: string,
    signal?: AbortSignal,
  ): Promise<(BlockRows | null)[]> {
    const missing = frames.filter((frame) => !this.#isKept(frame, fields, revision));
    this.counts.hits += frames.length - missing.length;
    this.counts.misses += missing.length;
    const held = new Map<PlannedFrame, KeptBlock>();
    for (const frame of frames) {
      const kept = this.#kept.get(keyOf(frame));
      if (kept) held.set(frame, kept);
    }
    for (const sameFile of byFile(missing)) {
      throwIfCancelled(signal);
      await this.#readFile(sameFile, fields, revision, held, signal);
    }
    return frames.map((frame) => rowsWith(held.get(frame), fields));
  }

  /** Tries frames that could not be read again. */
  async probe(): Promise<void> {
    for (const frame of this.#troubles.samples(100)) {
      try {
        blockOf(frame, decodeHk(await this.#files.frame(frame.run.path, frame.offset, lengthOf(frame))));
      } catch {
        continue;
      }
      this.#recover(frame);
    }
  }

  #isKept(frame: PlannedFrame, fields: ReadonlySet<string>, revision: string): boolean {
    const { run, at } = frame;
    const key = keyOf(frame);
    const kept = this.#kept.get(key);
    if (!kept) return false;
    const same =
      kept.revision === revision &&
      kept.count === run.count[at] &&
      kept.minTick === run.minTick[at] &&
      kept.maxTick === run.maxTick[at];
    if (!same) this.#kept.delete(key);
    else for (const field of fields) if (!kept.columns.has(field) && run.fields.has(field)) return false;
    return same;
  }

  async #readFile(
    wanted: readonly PlannedFrame[],
    fields: ReadonlySet<string>,
    revision: string,
    held: Map<PlannedFrame, KeptBlock>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const byOffset = new Map<number, PlannedFrame[]>();
    for (const frame of wanted) {
      const same = byOffset.get(frame.offset);
      if (same) same.push(frame);
      else byOffset.set(frame.offset, [frame]);
    }
    const groups = [...byOffset.values()].sort(([a], [b]) => a!.offset - b!.offset);
    await Promise.all(
      inParts(groups).map(async (part) => {
        const firsts = part.map(([first]) => first!);
        const read = await this.#readFrames(firsts, signal);
        part.forEach((group, k) => {
          const frame = read[k];
          if (frame) this.#decode(group, frame, fields, revision, held);
        });
      }),
    );
  }

  async #readFrames(frames: readonly PlannedFrame[], signal: AbortSignal | undefined): Promise<(G3Frame | null)[]> {
    try {
      const places = frames.map((frame) => ({ offset: frame.offset, length: lengthOf(frame) }));
      return await this.#files.frames(frames[0]!.run.path, places, signal);
    } catch (thrown) {
      throwIfOver(thrown, signal);
      return this.#readSingly(frames, thrown, signal);
    }
  }

  /** One by one: what is wrong with one frame is not wrong with its neighbours. */
  async #readSingly(frames: readonly PlannedFrame[], thrown: unknown, signal: AbortSignal | undefined) {
    const read: (G3Frame | null)[] = [];
    const wholeFile = toSisockError(thrown).code !== 'bad_data';
    for (const frame of frames) {
      try {
        if (wholeFile) throw thrown;
        read.push(await this.#files.frame(frame.run.path, frame.offset, lengthOf(frame), signal));
      } catch (error) {
        throwIfOver(error, signal);
        this.#troubles.add(frame, error);
        read.push(null);
      }
    }
    return read;
  }

  #decode(
    group: readonly PlannedFrame[],
    g3Frame: G3Frame,
    fields: ReadonlySet<string>,
    revision: string,
    held: Map<PlannedFrame, KeptBlock>,
  ): void {
    this.counts.frames++;
    this.counts.bytes += g3Frame.bytes.length;
    try {
      const wanted = { fields, blocks: new Set(group.map(({ index }) => index)) };
      const hk = decodeHk(g3Frame, wanted);
      for (const frame of group) {
        held.set(frame, this.#keep(frame, blockOf(frame, hk), fields, revision));
      }
      this.#recover(group[0]!);
    } catch (thrown) {
      this.#troubles.add(group[0]!, thrown);
    }
  }

  #keep(frame: PlannedFrame, block: HkBlock, fields: ReadonlySet<string>, revision: string): KeptBlock {
    const { run, at } = frame;
    const { columns: found, ...rows } = rowsOfBlock(block, frame, run.rising[at] === 1);
    const columns = new Map(this.#kept.get(keyOf(frame))?.columns);
    for (const field of fields) columns.set(field, found.get(field) ?? null);
    const [count, minTick, maxTick] = [run.count[at]!, run.minTick[at]!, run.maxTick[at]!];
    const kept = { revision, count, minTick, maxTick, rows, columns };
    let bytes = overhead + rows.t.byteLength + rows.ticks.byteLength;
    for (const column of columns.values()) bytes += column === null ? 64 : columnBytes(column);
    this.#kept.set(keyOf(frame), kept, bytes);
    return kept;
  }

  #recover(frame: PlannedFrame): void {
    if (this.#troubles.files === 0) return;
    const recovered = this.#troubles.recover(frame);
    if (recovered.length > 0) this.#onRecovered(recovered);
  }
}

function keyOf({ fileId, offset, index }: PlannedFrame): string {
  return `${fileId}:${offset}:${index}`;
}

function lengthOf({ run, at }: PlannedFrame): number {
  return run.length[at]!;
}

function byFile(frames: readonly PlannedFrame[]): PlannedFrame[][] {
  const files = new Map<string, PlannedFrame[]>();
  for (const frame of frames) {
    const same = files.get(frame.run.path);
    if (same) same.push(frame);
    else files.set(frame.run.path, [frame]);
  }
  return [...files.values()];
}

/** Frames of a file in a few parts that are read at the same time: one is checked and decoded while others are read. */
function inParts(groups: readonly PlannedFrame[][]): PlannedFrame[][][] {
  const bytes = groups.reduce((sum, [frame]) => sum + lengthOf(frame!), 0);
  const parts = Math.min(mostParts, groups.length, Math.ceil(bytes / leastPartBytes));
  const size = Math.ceil(groups.length / parts);
  return Array.from({ length: parts }, (_, k) => groups.slice(k * size, (k + 1) * size)).filter((p) => p.length > 0);
}

/** The block of a frame that was indexed. A whole frame may still be another one, where the file was replaced since. */
function blockOf(frame: PlannedFrame, hk: ReturnType<typeof decodeHk>): HkBlock {
  if (hk.kind !== 'data') throw changed(frame, `is of kind ${hk.kind}`);
  const { address } = hk;
  if (address !== null && address !== frame.run.feed) {
    throw changed(frame, `is of ${JSON.stringify(address.slice(0, 100))}`);
  }
  const block = hk.blocks.find(({ index }) => index === frame.index);
  if (!block) throw changed(frame, `is without a block ${frame.index}`);
  check(frame, block);
  return block;
}

function check(frame: PlannedFrame, { name, ticks }: HkBlock): void {
  const { run, at } = frame;
  if (name !== run.block) throw changed(frame, `holds block ${JSON.stringify(name.slice(0, 60))}`);
  if (ticks.length !== run.count[at]) throw changed(frame, `has ${ticks.length} samples`);
  const order = run.rising[at] === 1 ? null : risingOrder(ticks);
  const first = ticks[order?.[0] ?? 0];
  const last = ticks[order?.at(-1) ?? ticks.length - 1];
  if (first !== run.minTick[at] || last !== run.maxTick[at]) throw changed(frame, `has samples of other times`);
}

function changed({ offset }: PlannedFrame, what: string): SisockError {
  return new SisockError('bad_data', `the frame at byte ${offset} ${what}: it is not the one that was indexed`);
}

function rowsWith(kept: KeptBlock | undefined, fields: ReadonlySet<string>): BlockRows | null {
  if (!kept) return null;
  const columns = new Map<string, Column>();
  for (const field of fields) {
    const column = kept.columns.get(field);
    if (column) columns.set(field, column);
  }
  return columns.size === 0 ? null : { ...kept.rows, columns };
}

function throwIfOver(thrown: unknown, signal: AbortSignal | undefined): void {
  throwIfCancelled(signal);
  const { code } = toSisockError(thrown);
  if (code === 'cancelled' || code === 'timeout') throw thrown;
}
