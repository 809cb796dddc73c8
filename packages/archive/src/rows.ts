import { type ColumnKind, SisockError } from '@sisock/core';
import type { Selectable } from 'kysely';
import type { FileRow, TimelineRow } from './tables.js';
import type { FileOutcome, FileState, KnownFile } from './types.js';
import { keyOf } from './values.js';

/** How much of a path can be ordered by. */
const headLength = 700;

export const fileKey = (path: string) => keyOf(path);
export const feedKey = (feed: string) => keyOf(feed);
export const timelineKey = (feed: string, block: string) => keyOf(feed, block);

/** A file's row. */
export function fileToRow(file: FileState, id: number, version: number) {
  return {
    id,
    path_key: fileKey(file.path),
    path: file.path,
    path_head: file.path.slice(0, headLength),
    size: file.size,
    mtime_us: file.mtimeUs,
    good_offset: file.goodOffset,
    outcome: file.outcome,
    damage: file.damage === null ? null : JSON.stringify(file.damage),
    fingerprint: file.fingerprint,
    resume: file.resume,
    version,
  };
}

export function rowToFile(row: Selectable<FileRow>): KnownFile {
  return {
    id: Number(row.id),
    version: Number(row.version),
    path: row.path,
    size: Number(row.size),
    mtimeUs: Number(row.mtime_us),
    goodOffset: Number(row.good_offset),
    outcome: row.outcome as FileOutcome,
    damage: row.damage === null ? null : (parsed(row.damage, `damage of ${row.path}`) as KnownFile['damage']),
    fingerprint: row.fingerprint,
    resume: row.resume,
  };
}

/** A timeline as it is counted with. */
export interface Timeline {
  readonly id: number;
  readonly feed: string;
  readonly block: string;
  revision: number;
  finalizedTick: bigint | null;
  firstTick: bigint | null;
  lastTick: bigint | null;
  /** At least as long as its longest run, in ticks. */
  longest: bigint;
  frames: number;
  samples: number;
}

export function rowToTimeline(row: Selectable<TimelineRow>): Timeline {
  const tick = (value: string | number | bigint | null) => (value === null ? null : BigInt(value));
  return {
    id: Number(row.id),
    feed: row.feed,
    block: row.block,
    revision: Number(row.revision),
    finalizedTick: tick(row.finalized_tick),
    firstTick: tick(row.first_tick),
    lastTick: tick(row.last_tick),
    longest: BigInt(row.longest),
    frames: Number(row.frames),
    samples: Number(row.samples),
  };
}

export function timelineToRow(t: Timeline) {
  return {
    id: t.id,
    name_key: timelineKey(t.feed, t.block),
    feed_key: feedKey(t.feed),
    feed: t.feed,
    block: t.block,
    revision: t.revision,
    finalized_tick: t.finalizedTick,
    first_tick: t.firstTick,
    last_tick: t.lastTick,
    longest: t.longest,
    frames: t.frames,
    samples: t.samples,
  };
}

export type FieldKinds = ReadonlyMap<string, ColumnKind>;

const kinds: ReadonlySet<string> = new Set<ColumnKind>(['f64', 'i64', 'bool', 'str']);

/** Fields and kinds as text: the same set gives the same text. */
export function layoutToText(fields: FieldKinds): string {
  return JSON.stringify([...fields].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** @throws SisockError `bad_data` */
export function textToLayout(text: string): FieldKinds {
  const list = parsed(text, 'layout of fields');
  const good =
    Array.isArray(list) &&
    list.every((e) => Array.isArray(e) && typeof e[0] === 'string' && kinds.has(e[1] as string) && e.length === 2);
  if (!good) throw new SisockError('bad_data', `a stored layout of fields is damaged: ${text.slice(0, 100)}`);
  return new Map(list as [string, ColumnKind][]);
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SisockError('bad_data', `the stored ${what} is damaged: ${text.slice(0, 100)}`, { cause });
  }
}
