import type { ColumnKind } from '@sisock/core';
import type { G3Damage, HkState } from '@sisock/codecs/g3';

/** One block of one data frame of a file, with the feed it belongs to. Ticks are 10 ns since 1970, UTC. */
export interface IndexedBlock {
  /** Address of the feed: the provider's description. */
  readonly feed: string;
  /** Name of the block: `block_for_<first field>` in files of HK versions 0 and 1. */
  readonly block: string;
  readonly providerId: bigint;
  /** First byte of the frame, and its length, in the file. */
  readonly offset: number;
  readonly length: number;
  /** Place of the block in the frame. */
  readonly index: number;
  readonly count: number;
  readonly minTick: bigint;
  readonly maxTick: bigint;
  readonly rising: boolean;
  /** Fields by their own names. */
  readonly fields: ReadonlyMap<string, ColumnKind>;
}

/** A piece of an index, told while a file is walked: frames up to `goodOffset` are whole, `state` is the state there. */
export interface FileIndexStep {
  readonly blocks: readonly IndexedBlock[];
  readonly goodOffset: number;
  readonly state: HkState;
  /** Frames that are whole but can't be used (their kind is `schema` or `too_large`): the walk went on behind them. */
  readonly passed: readonly G3Damage[];
}

/** The end of an index: what ended it, null where the file ends at a frame's end. */
export interface FileIndex extends FileIndexStep {
  readonly damage: G3Damage | null;
}
