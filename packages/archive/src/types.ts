import type { ColumnKind, TimeRange } from '@sisock/core';
import type { Service } from '@sisock/runtime';

/** Ticks of 10 ns since 1970, UTC. `first <= last`, both inclusive. */
export interface TickSpan {
  readonly first: bigint;
  readonly last: bigint;
}

/** How the indexing of a file ended. */
export type FileOutcome =
  | 'ok'
  | 'damaged' // good up to `goodOffset`; looked at again only when the file changes
  | 'unreadable' // could not be opened or read
  | 'gone'; // was indexed once and is not there any more

/** What is known of a file, besides its samples. */
export interface FileState {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  /** Modification time, microseconds since 1970. */
  readonly mtimeUs: number;
  /** Frames before it are indexed. */
  readonly goodOffset: number;
  readonly outcome: FileOutcome;
  /** Kind, place and text of the damage; null without. */
  readonly damage: { readonly kind: string; readonly offset: number; readonly message: string } | null;
  /** Tells a file that grew from one that was replaced: opaque to the store. */
  readonly fingerprint: string;
  /** Opaque to the store: what the indexer needs to go on at `goodOffset`. */
  readonly resume: string;
}

export interface KnownFile extends FileState {
  readonly id: number;
  /** Raised with each commit of this file. */
  readonly version: number;
}

/** One block of a data frame, as the indexer found it. Has the shape of g3-files' IndexedBlock. */
export interface BlockEntry {
  readonly feed: string;
  readonly block: string;
  readonly providerId: bigint;
  readonly offset: number;
  readonly length: number;
  readonly index: number;
  readonly count: number;
  readonly minTick: bigint;
  readonly maxTick: bigint;
  readonly rising: boolean;
  readonly fields: ReadonlyMap<string, ColumnKind>;
}

/** What a scanner found in one file since it was last committed. */
export interface FileUpdate {
  readonly file: FileState;
  /** `version` of the KnownFile it continues; null for a file that is not known. */
  readonly expected: number | null;
  /** `append`: blocks behind those that are known. `replace`: all blocks of the file; the known ones go. */
  readonly mode: 'append' | 'replace';
  readonly blocks: readonly BlockEntry[];
}

/** `conflict`: another scanner committed this file first; nothing of this update is stored. */
export type CommitResult = { readonly file: KnownFile; readonly conflict: false } | { readonly conflict: true };

/** One field of one block in some range. */
export interface ArchivedField {
  readonly feed: string;
  readonly block: string;
  /** Own name; the full one is `<feed>.<field>`. */
  readonly field: string;
  /** Of its newest samples in that range. */
  readonly kind: ColumnKind;
  /** Of the files that hold it and meet the range (so it may reach beyond it). */
  readonly span: TickSpan;
}

/** The frames of one block in one file, in the order of the file, as columns of equal length. */
export interface FrameRun {
  readonly fileId: number;
  readonly path: string;
  readonly feed: string;
  readonly block: string;
  readonly span: TickSpan;
  /** Fields of the whole run; a single frame may lack some. */
  readonly fields: ReadonlyMap<string, ColumnKind>;
  readonly offset: Float64Array;
  readonly length: Float64Array;
  readonly index: Uint32Array;
  readonly count: Float64Array;
  readonly minTick: BigInt64Array;
  readonly maxTick: BigInt64Array;
  /** 1: times never fall within the frame's block. */
  readonly rising: Uint8Array;
}

/** Data of a feed's block that changed although they were older than its newest sample: late, replaced or deleted files. */
export interface ArchiveChange {
  /** Rises from change to change. */
  readonly id: number;
  readonly feed: string;
  readonly block: string;
  readonly span: TickSpan;
}

export interface FeedInfo {
  readonly feed: string;
  readonly block: string;
  /** Of everything that is stored; null when nothing is any more. */
  readonly span: TickSpan | null;
  /** Largest `maxTick` of a frame that was not in the future (by more than the store's tolerance) when it was committed; null before the first. */
  readonly finalizedTick: bigint | null;
  /** Raised with each {@link ArchiveChange} of this block. */
  readonly revision: number;
}

/** Where a tile of stored buckets lies: it covers [index * 2^power, (index + 1) * 2^power) in UNIX seconds. */
export interface TilePlace {
  readonly power: number;
  readonly index: number;
}

/** What a maker of tiles found at one place. */
export interface TilesUpdate extends TilePlace {
  readonly feed: string;
  /** The block that all fields in `fields` are served with; the place is marked as filled for it with these. */
  readonly block: string;
  readonly fields: Iterable<string>;
  /** Sum of the revisions of the feed's blocks, as it was before the data were looked at. */
  readonly revision: number;
  /** Number of the layout of the bytes. */
  readonly encoding: number;
  /** By the fields' own names, bytes or `empty` for no sample there; those of `fields` that were stored before may be left out. */
  readonly tiles: ReadonlyMap<string, Uint8Array | 'empty'>;
}

/** Tiles that are not worth their space any more: those of one width, of some fields of a block, before a place. */
export interface TilesTrim extends Pick<TilesUpdate, 'feed' | 'block' | 'fields' | 'power'> {
  /** Index of the first tile that stays. */
  readonly before: number;
}

export interface TilesQuery {
  readonly feed: string;
  readonly encoding: number;
  /** By the fields' own names. */
  readonly wanted: readonly (TilePlace & { readonly field: string })[];
}

/** Places of one width that are filled for a block. */
export interface FilledQuery {
  readonly feed: string;
  readonly block: string;
  readonly encoding: number;
  readonly power: number;
  /** The fields that it is served with now. */
  readonly fields: Iterable<string>;
}

/** How much is stored, for people and metrics. */
export interface ArchiveCounts {
  readonly files: Readonly<Record<FileOutcome, number>>;
  readonly feeds: number;
  readonly fields: number;
  readonly frames: number;
  readonly samples: number;
  readonly bytes: number;
}

/**
 * The archive database. All times UTC.
 * Errors of every call: `unavailable` while the database is away (the connection heals by itself: ask again later),
 * `bad_setting` for a login, database or certificate that can't be, `bad_data` for rows that can't be, `cancelled`.
 */
export interface ArchiveStore extends Service {
  /** For the log: `mariadb sisock@database/files`, `libsql /data/archive.db`. Never a secret. */
  readonly name: string;
  /** Brings the tables up to date; may be called by several processes at once. Others of this interface expect it done. */
  migrate(): Promise<{ readonly from: number; readonly to: number }>;

  /** All known files (those gone too), in pages, by path. */
  files(signal?: AbortSignal): AsyncIterable<KnownFile>;
  file(path: string): Promise<KnownFile | null>;
  /** Stores updates, each file whole or not at all: after the call has resolved they survive anything. */
  commit(updates: readonly FileUpdate[]): Promise<readonly CommitResult[]>;

  /** Changes with every commit that changed anything: what was read under the same value is still so. */
  generation(): Promise<string>;
  /** Blocks of all feeds, or of one. */
  feeds(feed?: string): Promise<readonly FeedInfo[]>;
  /** Fields with data in files that meet the range (UNIX seconds, half open); may name more. */
  fields(range: TimeRange): Promise<readonly ArchivedField[]>;
  /** Runs of a feed that meet the range (UNIX seconds, half open) and hold one of the fields, by first tick. Frames that don't meet it are left out. */
  runs(
    query: { readonly feed: string; readonly fields: ReadonlySet<string>; readonly range: TimeRange },
    signal?: AbortSignal,
  ): Promise<readonly FrameRun[]>;
  /** Changes with a greater id than `after`, at most `limit`, in order. `latest` is the id to begin with. */
  changes(
    after: number,
    limit?: number,
  ): Promise<{ readonly changes: readonly ArchiveChange[]; readonly latest: number }>;
  counts(): Promise<ArchiveCounts>;

  /**
   * Stores tiles, each update whole or not at all. False for one whose feed's revision is another by now: its data may have
   * changed since they were looked at. What a commit records as changed loses its tiles in the same transaction, so that
   * stored tiles are true at all times.
   */
  putTiles(updates: readonly TilesUpdate[]): Promise<readonly boolean[]>;
  /** In the order of `wanted`: the bytes, `empty` where there is no sample, null where nothing is stored. */
  tiles(query: TilesQuery, signal?: AbortSignal): Promise<readonly (Uint8Array | 'empty' | null)[]>;
  /** Indexes of the places that are filled for all fields of a block, rising. */
  filledTiles(query: FilledQuery): Promise<readonly number[]>;
  /** Own names of the fields of a feed of which a tile is stored at a place. */
  tiledFields(query: Omit<TilesQuery, 'wanted'> & TilePlace): Promise<ReadonlySet<string>>;
  /** Deletes tiles; their places count as not filled. */
  trimTiles(trim: TilesTrim): Promise<void>;
}
