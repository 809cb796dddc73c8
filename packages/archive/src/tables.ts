import type { ColumnType, Kysely } from 'kysely';

/** A whole number: what drivers give differs (MariaDB decimal text, libsql bigint), what they take does not. */
type Whole = ColumnType<string | number | bigint, number | bigint, number | bigint>;
type WholeOrNull = ColumnType<string | number | bigint | null, number | bigint | null, number | bigint | null>;
type Bytes = ColumnType<ArrayBuffer | Uint8Array, Uint8Array, Uint8Array>;

/** The original's tables and ours; docs/archive.md tells what each is for. */
export interface Tables {
  feeds: {
    id: Whole;
    filename: string | null;
    path: string | null;
    prov_id: WholeOrNull;
    description: string | null;
    scanned: WholeOrNull;
    archive_file: WholeOrNull;
    row_key: string | null;
  };
  fields: { feed_id: Whole; field: string; start: string | null; end: string | null };
  description: { description: string };
  archive_migrations: { number: Whole; name: string; applied: string };
  archive_state: {
    id: Whole;
    instance: string;
    generation: Whole;
    next_file: Whole;
    next_timeline: Whole;
    next_layout: Whole;
    next_change: Whole;
    forgotten_change: Whole;
    next_tile_feed: Whole;
    next_tile_field: Whole;
  };
  archive_files: FileRow;
  archive_timelines: TimelineRow;
  archive_layouts: { id: Whole; timeline_id: Whole; digest: string; fields: string };
  archive_runs: {
    timeline_id: Whole;
    file_id: Whole;
    layout_id: Whole;
    first_tick: Whole;
    last_tick: Whole;
    frame_count: Whole;
    samples: Whole;
    frames: Bytes;
  };
  archive_tile_feeds: { id: Whole; feed_key: string; powers: Whole };
  archive_tile_fields: { id: Whole; feed_id: Whole; field_key: string; field: string };
  archive_tiles: { feed_id: Whole; power: Whole; tile: Whole; field_id: Whole; encoding: Whole; data: Bytes };
  archive_tiles_filled: {
    feed_id: Whole;
    power: Whole;
    tile: Whole;
    timeline_id: Whole;
    encoding: Whole;
    fields: string;
  };
  archive_changes: { id: Whole; timeline_id: Whole; first_tick: Whole; last_tick: Whole };
}

export interface FileRow {
  id: Whole;
  path_key: string;
  path: string;
  path_head: string;
  size: Whole;
  mtime_us: Whole;
  good_offset: Whole;
  outcome: string;
  damage: string | null;
  fingerprint: string;
  resume: string;
  version: Whole;
}

export interface TimelineRow {
  id: Whole;
  name_key: string;
  feed_key: string;
  feed: string;
  block: string;
  revision: Whole;
  finalized_tick: WholeOrNull;
  first_tick: WholeOrNull;
  last_tick: WholeOrNull;
  longest: Whole;
  frames: Whole;
  samples: Whole;
}

export type Db = Kysely<Tables>;
