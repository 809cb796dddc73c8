import { decodeHk, type G3Frame, type HkBlock } from '@sisock/codecs/g3';
import { type Column, Lru, SisockError, throwIfCancelled } from '@sisock/core';
import type { FrameFiles } from '@sisock/g3-files';
import { arrayOverhead, type BlockRows, columnBytes, risingOrder, rowsOfBlock } from './block-rows.js';
import type { PlannedFrame } from './frame-plan.js';
import type { ChangedSpan } from './data-changes.js';
import { type ReadFrame, SharedFrames } from './shared-frames.js';
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
  /** Told of data that can't be read any more, or can be again. */
  readonly onChanged: (spans: readonly ChangedSpan[]) => void;
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
  readonly #onChanged: (spans: readonly ChangedSpan[]) => void;
  readonly #kept: Lru<KeptBlock>;
  readonly #frames: SharedFrames;
  readonly #lookups = { hits: 0, misses: 0 };

  constructor({ files, troubles, cacheBytes, onChanged }: FrameBlocksOptions) {
    this.#files = files;
    this.#frames = new SharedFrames(files);
    this.#troubles = troubles;
    this.#onChanged = onChanged;
    this.#kept = new Lru(cacheBytes);
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  /** Lookups in memory, and what was read. */
  get counts(): { readonly hits: number; readonly misses: number; readonly frames: number; readonly bytes: number } {
    return { ...this.#lookups, ...this.#frames.counts };
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
    this.#lookups.hits += frames.length - missing.length;
    this.#lookups.misses += missing.length;
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
        const read = await this.#frames.read(firsts, revision, signal);
        part.forEach((group, k) => this.#take(group, read[k]!, fields, revision, held));
      }),
    );
  }

  #take(
    group: readonly PlannedFrame[],
    read: ReadFrame,
    fields: ReadonlySet<string>,
    revision: string,
    held: Map<PlannedFrame, KeptBlock>,
  ): void {
    if ('trouble' in read) return this.#fail(group, read.trouble);
    // Who asked for it at the same time may have decoded it.
    const missing = group.filter((frame) => !this.#isKept(frame, fields, revision));
    for (const frame of group) {
      const kept = missing.includes(frame) ? undefined : this.#kept.get(keyOf(frame));
      if (kept) held.set(frame, kept);
    }
    if (missing.length > 0) this.#decode(missing, read.frame, fields, revision, held);
  }

  #decode(
    group: readonly PlannedFrame[],
    g3Frame: G3Frame,
    fields: ReadonlySet<string>,
    revision: string,
    held: Map<PlannedFrame, KeptBlock>,
  ): void {
    let hk: DecodedHk;
    try {
      hk = decodeHk(g3Frame, { fields, blocks: new Set(group.map(({ index }) => index)) });
    } catch (thrown) {
      return this.#fail(group, thrown);
    }
    for (const frame of group) {
      try {
        held.set(frame, this.#keep(frame, blockOf(frame, hk), fields, revision));
        this.#recover(frame);
      } catch (thrown) {
        this.#fail([frame], thrown);
      }
    }
  }

  #fail(frames: readonly PlannedFrame[], thrown: unknown): void {
    const lost = frames.flatMap((frame) => this.#troubles.add(frame, thrown));
    if (lost.length > 0) this.#onChanged(lost);
  }

  #keep(frame: PlannedFrame, block: HkBlock, fields: ReadonlySet<string>, revision: string): KeptBlock {
    const { run, at } = frame;
    const { columns: found, ...rows } = rowsOfBlock(block, frame, run.rising[at] === 1);
    const before = this.#kept.get(keyOf(frame));
    const columns = new Map(before?.revision === revision ? before.columns : []);
    for (const field of fields) columns.set(field, found.get(field) ?? null);
    const [count, minTick, maxTick] = [run.count[at]!, run.minTick[at]!, run.maxTick[at]!];
    const kept = { revision, count, minTick, maxTick, rows, columns };
    let bytes = overhead + rows.t.byteLength + rows.ticks.byteLength + 2 * arrayOverhead;
    for (const column of columns.values()) bytes += column === null ? 64 : columnBytes(column);
    this.#kept.set(keyOf(frame), kept, bytes);
    return kept;
  }

  #recover(frame: PlannedFrame): void {
    if (this.#troubles.files === 0) return;
    const recovered = this.#troubles.recover(frame);
    if (recovered.length > 0) this.#onChanged(recovered);
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

type DecodedHk = ReturnType<typeof decodeHk>;

/** The block of a frame that was indexed. A whole frame may still be another one, where the file was replaced since. */
function blockOf(frame: PlannedFrame, hk: DecodedHk): HkBlock {
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
