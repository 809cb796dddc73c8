import { type ColumnKind, SisockError } from '@sisock/core';
import {
  FrameWalker,
  type G3Damage,
  type G3Limits,
  type HkState,
  type HkSummary,
  initialHkState,
  summarizeHk,
  type WalkedFrame,
} from '@sisock/codecs/g3';
import { compressionOf } from './compressed.js';
import { HkFollower } from './hk-follower.js';
import { filePieces } from './pieces.js';
import type { FileIndex, FileIndexStep, IndexedBlock } from './types.js';

export interface IndexOptions {
  /** Where to go on in a file that grew: `goodOffset` and `state` of an earlier step. */
  readonly from?: { readonly offset: number; readonly state: HkState };
  readonly limits?: Partial<G3Limits>;
  readonly signal?: AbortSignal | undefined;
  /** About how many bytes of the file a step is of; 8 MiB. */
  readonly stepBytes?: number;
  /** Bytes read at once; 1 MiB. */
  readonly pieceBytes?: number;
}

const defaultStepBytes = 8 * 1024 * 1024;
/** Blocks of feeds whose fields are remembered. */
const mostShared = 10_000;

/**
 * What a file holds: its blocks with their places, times and fields, no values. Comes in steps, so that memory stays flat
 * for any size; the last step is what the generator returns. Every CRC is checked.
 * Frames that are whole but can't be used are listed and passed over; other damage ends the index.
 * @throws SisockError as walkFile; `bad_request` for a compressed file, whose frames can't be read one by one
 */
export async function* indexFile(path: string, options: IndexOptions = {}): AsyncGenerator<FileIndexStep, FileIndex> {
  const { from = { offset: 0, state: initialHkState }, limits = {}, signal, stepBytes = defaultStepBytes } = options;
  if (compressionOf(path) !== 'none') {
    throw new SisockError('bad_request', `${JSON.stringify(path)} is compressed: not indexable; unpack it first`);
  }
  if (!Number.isSafeInteger(from.offset) || from.offset < 0) {
    throw new SisockError('bad_request', `offset ${from.offset} is no whole number from 0`);
  }
  const walker = new FrameWalker({ offset: from.offset, limits, reuse: true });
  const indexer = new FrameIndexer(from.state, limits);
  let told = from.offset;
  const pieceBytes = options.pieceBytes === undefined ? {} : { pieceBytes: options.pieceBytes };
  for await (const piece of filePieces(path, { from: from.offset, signal, reuse: true, ...pieceBytes })) {
    for (const walked of walker.push(piece)) indexer.add(walked);
    if (walker.damage !== null) break;
    if (walker.goodOffset - told < stepBytes) continue;
    told = walker.goodOffset;
    yield { ...indexer.take(), goodOffset: told };
  }
  const damage = walker.end();
  return { ...indexer.take(), goodOffset: walker.goodOffset, damage };
}

/** Collects what frames hold, in the order of the file. */
class FrameIndexer {
  readonly #follower: HkFollower<HkSummary>;
  #blocks: IndexedBlock[] = [];
  #passed: G3Damage[] = [];
  /** The last fields of each block of a feed: frames that are alike share one map. */
  readonly #fields = new Map<string, ReadonlyMap<string, ColumnKind>>();

  constructor(state: HkState, limits: Partial<G3Limits>) {
    this.#follower = new HkFollower(state, (frame) => summarizeHk(frame, limits));
  }

  add(walked: WalkedFrame): void {
    const { hk, feed, passed } = this.#follower.follow(walked);
    if (passed !== null) this.#passed.push(passed);
    if (feed === null || hk?.kind !== 'data') return;
    const { offset, length } = walked;
    const { providerId } = hk;
    for (const { name, fields, ...block } of hk.blocks) {
      const shared = this.#share(`${feed}\n${name}`, fields);
      this.#blocks.push({ feed, block: name, providerId, offset, length, ...block, fields: shared });
    }
  }

  #share(key: string, fields: ReadonlyMap<string, ColumnKind>): ReadonlyMap<string, ColumnKind> {
    const last = this.#fields.get(key);
    if (last?.size === fields.size && [...fields].every(([name, kind]) => last.get(name) === kind)) return last;
    if (this.#fields.size >= mostShared) this.#fields.clear();
    this.#fields.set(key, fields);
    return fields;
  }

  take(): Omit<FileIndexStep, 'goodOffset'> {
    const taken = { blocks: this.#blocks, passed: this.#passed, state: this.#follower.state };
    this.#blocks = [];
    this.#passed = [];
    return taken;
  }
}
