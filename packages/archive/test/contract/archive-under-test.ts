import type { ColumnKind } from '@sisock/core';
import type { ArchiveStore, BlockEntry, FileState, FileUpdate, KnownFile } from '@sisock/archive';

/** An archive with tables, empty, and what the suite needs beside it. */
export interface ArchiveUnderTest {
  readonly store: ArchiveStore;
  /** Another store on the same database, as another process has it. Closed with the rest. */
  another(): Promise<ArchiveStore>;
  /** Seconds; the store's clock. */
  setTime(seconds: number): void;
  /** Runs SQL as the original's programs do: rows as objects, times as text. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Makes an archive of its own for each test. `keptChanges`: see ArchiveOptions. */
export type MakeArchive = (options?: { readonly keptChanges?: number }) => Promise<ArchiveUnderTest>;

export const feed = 'observatory.LSA22YE.feeds.temperatures';
export const second = 100_000_000n;
/** Ticks of 2026-03-14 15:09:26.5 UTC. */
export const t0 = 177_350_096_650_000_000n;

export const seconds = (tick: bigint) => Number(tick) / 1e8;

/** A range of UNIX seconds from ticks, both inclusive. */
export const rangeOf = (first: bigint, last: bigint) => ({ start: seconds(first), end: seconds(last + 100n) });

type Kinds = Readonly<Record<string, ColumnKind>>;

/** A block of 10 samples in 9 s, `at` seconds after t0. */
export function block(at: number, more: Partial<BlockEntry> & { readonly kinds?: Kinds } = {}): BlockEntry {
  const { kinds = { 'Channel 01': 'f64', Channel_02: 'i64' }, ...rest } = more;
  const minTick = t0 + BigInt(at) * second;
  return {
    feed,
    block: 'temps',
    providerId: 3n,
    offset: 1000 + 500 * at,
    length: 480,
    index: 0,
    count: 10,
    minTick,
    maxTick: (rest.minTick ?? minTick) + 9n * second,
    rising: true,
    fields: new Map(Object.entries(kinds)),
    ...rest,
  };
}

/** A file's state. */
export function fileState(path: string, more: Partial<FileState> = {}): FileState {
  return {
    path,
    size: 25_000,
    mtimeUs: 1_773_500_966_500_001,
    goodOffset: 25_000,
    outcome: 'ok',
    damage: null,
    fingerprint: 'print of the head',
    resume: '{"sessionId":"7","providers":[]}',
    ...more,
  };
}

/** What a scanner says of a file it never saw. */
export function newFile(path: string, blocks: readonly BlockEntry[], more: Partial<FileState> = {}): FileUpdate {
  return { file: fileState(path, more), expected: null, mode: 'replace', blocks };
}

/** What it says of a file that grew, or (`replace`) is another now. */
export function nextOf(
  known: KnownFile,
  mode: 'append' | 'replace',
  blocks: readonly BlockEntry[],
  more: Partial<FileState> = {},
): FileUpdate {
  const { id: _id, version, ...file } = known;
  return { file: { ...file, ...more }, expected: version, mode, blocks };
}

/** Commits one update, which must not meet a conflict. */
export async function stored(store: ArchiveStore, update: FileUpdate): Promise<KnownFile> {
  const [result] = await store.commit([update]);
  if (result === undefined || result.conflict) throw new Error(`conflict for ${update.file.path}`);
  return result.file;
}

/** Everything of a feed, with its frames as lists. */
export async function framesOf(store: ArchiveStore, of = feed, fields = ['Channel 01']) {
  const range = { start: -Infinity, end: Infinity };
  const runs = await store.runs({ feed: of, fields: new Set(fields), range });
  return runs.map((run) => ({ path: run.path, block: run.block, offsets: [...run.offset], span: run.span }));
}
