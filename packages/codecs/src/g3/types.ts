import { type Column, type ColumnKind, SisockError } from '@sisock/core';

/** What can be wrong with a g3 file. */
export type DamageKind =
  | 'truncated' // the file ends inside a frame
  | 'crc' // the recorded checksum is not the calculated one
  | 'structure' // lengths, counts or flags that can't be
  | 'too_large' // above a limit of the reader
  | 'schema'; // a whole frame that is no housekeeping frame as its type says: keys missing, ids that don't fit

/** Damage at a place of a file. `offset`: of the frame's first byte, in the (uncompressed) file. Code `bad_data`. */
export class G3Damage extends SisockError {
  readonly kind: DamageKind;
  readonly offset: number;

  constructor(kind: DamageKind, offset: number, message: string, options?: ErrorOptions) {
    super('bad_data', message, options);
    this.name = 'G3Damage';
    this.kind = kind;
    this.offset = offset;
  }
}

/** What a reader of g3 grants a file. */
export interface G3Limits {
  /** Largest frame that is held in memory; larger ones are walked over (their CRC checked), and damage where they are needed. */
  readonly frameBytes: number;
  /** Most keys of a frame, entries of a map, elements of a vector of objects. */
  readonly entries: number;
  /** Longest key or name. */
  readonly nameBytes: number;
  /** How deep objects may hold objects. */
  readonly depth: number;
}

/** A whole frame, its CRC checked. `bytes` goes from the endian flag to the CRC. */
export interface G3Frame {
  /** `H`, `Z`, ..., or four letters; anything else as `0x...`. */
  readonly type: string;
  /** Of its first byte in the (uncompressed) file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Blobs by key, as views; of keys that stand twice the first. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

/** A frame that was walked over. `frame` is null above {@link G3Limits.frameBytes}. */
export interface WalkedFrame {
  readonly offset: number;
  readonly length: number;
  readonly type: string;
  readonly frame: G3Frame | null;
}

export interface HkProvider {
  readonly id: bigint;
  /** The feed's address, such as `observatory.LSA22YE.feeds.temperatures`. */
  readonly description: string;
}

interface HkCommon {
  /** `hkagg_version`; 0 where it is missing. */
  readonly version: number;
  readonly sessionId: bigint;
}

export interface HkSession extends HkCommon {
  readonly kind: 'session';
  /** UNIX seconds. */
  readonly startTime: number | null;
  readonly description: string | null;
}

export interface HkStatus extends HkCommon {
  readonly kind: 'status';
  readonly timestamp: number | null;
  readonly providers: readonly HkProvider[];
}

/** Samples of one provider. Block is {@link HkBlock} or {@link HkBlockSummary}. */
export interface HkData<Block> extends HkCommon {
  readonly kind: 'data';
  readonly providerId: bigint;
  readonly timestamp: number | null;
  readonly address: string | null;
  readonly providerSessionId: string | null;
  readonly blocks: readonly Block[];
  /** How many blocks of the frame can't be reached: one of a class that is not known, and those behind it. */
  readonly lostBlocks: number;
}

/** An `H` frame of a type this format does not know. */
export interface HkUnknown {
  readonly kind: 'unknown';
}

/** One block, in the order of the file. `ticks`: 10 ns since 1970 (UTC), as they stand there (perhaps not rising). */
export interface HkBlock {
  /** Its place in the frame. */
  readonly index: number;
  readonly name: string;
  readonly ticks: BigInt64Array;
  /** Columns by the field's own name, as many values as there are ticks. Integers are i64 without loss. */
  readonly columns: ReadonlyMap<string, Column>;
}

/** What a block holds, without its values. `min`/`max` are ticks; a block of no samples has count 0 and min = max = 0n. */
export interface HkBlockSummary {
  readonly index: number;
  readonly name: string;
  readonly count: number;
  readonly minTick: bigint;
  readonly maxTick: bigint;
  /** Times never fall. */
  readonly rising: boolean;
  readonly fields: ReadonlyMap<string, ColumnKind>;
}

export type HkFrame = HkSession | HkStatus | HkData<HkBlock> | HkUnknown;
export type HkSummary = HkSession | HkStatus | HkData<HkBlockSummary> | HkUnknown;

/** What of a data frame is decoded; everything where it is left out. */
export interface HkWanted {
  readonly fields?: ReadonlySet<string>;
  readonly blocks?: ReadonlySet<number>;
}

/** Session and providers at a place of a file: what is needed to go on from there. Plain JSON. */
export interface HkState {
  /** Decimal; null before the first session frame. */
  readonly sessionId: string | null;
  /** Decimal id and description. */
  readonly providers: readonly (readonly [string, string])[];
}

/** The state at the beginning of a file. */
export const initialHkState: HkState = { sessionId: null, providers: [] };

/** A frame to write; the writer makes `bytes` of it. */
export type HkFrameToWrite =
  | { readonly kind: 'session'; readonly sessionId: bigint; readonly startTime: number; readonly description: string }
  | {
      readonly kind: 'status';
      readonly sessionId: bigint;
      readonly timestamp: number;
      readonly providers: readonly HkProvider[];
    }
  | {
      readonly kind: 'data';
      readonly sessionId: bigint;
      readonly providerId: bigint;
      readonly timestamp: number;
      readonly address?: string;
      readonly providerSessionId?: string;
      readonly blocks: readonly Omit<HkBlock, 'index'>[];
    };
