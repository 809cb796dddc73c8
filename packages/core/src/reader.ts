import type { Batch, Column } from './batch.js';
import type { Catalog } from './catalog.js';
import type { TimeRange } from './time.js';

/** A pull of raw samples. The caller's pace is the pace: ask again with the chunk's cursor until `done`. */
export interface ReadQuery {
  readonly timeline: string;
  /** Fields of that timeline; an unknown one has no column in the answer. */
  readonly fields: readonly string[];
  readonly range: TimeRange;
  /** Where a former chunk ended (opaque). Never resume by time: equal times exist. */
  readonly cursor?: string;
  /** Most rows in the chunk (at least 1). The reader may give fewer. */
  readonly maxSamples: number;
}

/**
 * A piece of an answer. Rows come in rising time. `done`: nothing more is known in the range now; the cursor still
 * continues there when more arrives. `finalizedUntil`: data before it are guaranteed not to change (may be -Infinity or
 * +Infinity). `revision` changes whenever data before `finalizedUntil` changed after all.
 */
export interface Chunk {
  readonly batches: readonly Batch[];
  readonly cursor: string;
  readonly done: boolean;
  readonly finalizedUntil: number;
  readonly revision: string;
}

/** Per-bucket statistics, each of min, max, first and last with the time of its own sample. */
export type Stat = 'count' | 'min' | 'max' | 'first' | 'last' | 'mean';

/** Finished samples: real ones of the field, reduced for drawing. */
export type SampleMethod = 'm4' | 'minmax' | 'changes';

/** `count` buckets of `width` seconds from `start`; bucket i covers [start + i*width, start + (i+1)*width). */
export interface ReduceQuery {
  readonly timeline: string;
  readonly fields: readonly string[];
  readonly start: number;
  readonly width: number;
  readonly count: number;
  /** Statistics, or one method of finished samples (strings and bools always give `changes` then). */
  readonly want: readonly Stat[] | SampleMethod;
}

/** A sample a bucket: NaN in both where the bucket is empty (or holds no finite value). Both have `count` elements. */
export interface BucketSamples {
  readonly t: Float64Array;
  readonly v: Float64Array;
}

/** Statistics of one field, only what was wanted. `count` counts every sample, NaN included. */
export interface BucketStats {
  readonly kind: 'stats';
  readonly count?: Float64Array;
  readonly min?: BucketSamples;
  readonly max?: BucketSamples;
  readonly first?: BucketSamples;
  readonly last?: BucketSamples;
  readonly mean?: Float64Array;
}

/** Real samples of one field in rising time. */
export interface ReducedSamples {
  readonly kind: 'samples';
  readonly method: SampleMethod;
  readonly t: Float64Array;
  readonly column: Column;
  /** How many samples stood behind them. */
  readonly from: number;
  /**
   * Width in seconds of the stored buckets (on multiples of it) that the samples were taken from: in each of them, and not
   * in each bucket that was asked for, they are the first, least, greatest and last. Left out where all data were looked at.
   */
  readonly blockWidth?: number;
}

export type ReducedField = BucketStats | ReducedSamples;

/** The answer to a ReduceQuery. A field without data in the range is left out. */
export interface Reduced {
  readonly fields: ReadonlyMap<string, ReducedField>;
  readonly finalizedUntil: number;
  readonly revision: string;
}

/** Told instead of samples that a follower was too slow for: how many rows it lost, and when they were from. */
export interface Gap {
  readonly gap: { readonly rows: number; readonly range: TimeRange };
}

export interface FollowQuery {
  readonly timeline: string;
  readonly fields: readonly string[];
  /** Cursor to continue from; the empty string starts with the next sample that arrives. */
  readonly after: string;
}

/** Sign of life of one OCS agent. Times are UNIX seconds. */
export interface AgentHealth {
  readonly address: string;
  readonly agentClass: string | null;
  readonly alive: boolean;
  readonly lastSeen: number;
  /** OpCode of each operation, of the last heartbeat. */
  readonly operations: Readonly<Record<string, number>>;
}

/** How a data node is. `newest`: time of its newest sample, null when it has none. */
export interface NodeHealth {
  readonly ok: boolean;
  readonly message?: string;
  readonly newest: number | null;
  readonly counters: Readonly<Record<string, number>>;
  readonly agents: readonly AgentHealth[];
}

/**
 * A told change of data that was said to be final, or of late data: caches drop what they hold of it. What they hold of the
 * rest of the timeline is true at `revision` too. An empty range: only the revision is another.
 */
export interface DataChange {
  readonly timeline: string;
  readonly range: TimeRange;
  readonly revision: string;
}

/**
 * One data node: who asks never knows where the data are, who serves never knows who asks.
 * Errors: `unknown_timeline` for a timeline that is not there, `bad_request` for a malformed query, `cancelled` after
 * the signal, `unavailable`/`timeout` when the data can't be reached.
 */
export interface Reader {
  /** Fields that have a sample in the range (it may name more). */
  catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog>;
  read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk>;
  reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced>;
  /**
   * Live samples that continue a cursor: no hole, no double; what was dropped is told as a Gap. Cursors of a reader that
   * has this hold for any fields of their timeline. Late samples come in a
   * chunk of their own. Begins with the call and ends, without an error, when the signal fires; errors come from the
   * iteration.
   */
  follow?(query: FollowQuery, signal: AbortSignal): AsyncIterable<Chunk | Gap>;
  /** Changes from the call on, until the signal. */
  changes?(signal: AbortSignal): AsyncIterable<DataChange>;
  health?(signal?: AbortSignal): Promise<NodeHealth>;
}
