import type { Migration } from './migration.js';

const inMariadb = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
const key = 'char(64) character set ascii collate ascii_bin not null';

/** Our own tables; docs/archive.md tells what each is for. Rows get their numbers from archive_state. */
export const archiveTables: Migration = {
  number: 3,
  name: 'archive tables',
  mariadb: [
    `create table if not exists archive_state (
      id int not null primary key, instance varchar(64) not null, generation bigint not null,
      next_file bigint not null, next_timeline bigint not null, next_layout bigint not null,
      next_change bigint not null, forgotten_change bigint not null
    ) ${inMariadb}`,
    "insert ignore into archive_state values (1, replace(uuid(), '-', ''), 0, 1, 1, 1, 1, 0)",
    `create table if not exists archive_files (
      id bigint not null primary key, path_key ${key}, path varchar(4096) not null, path_head varchar(700) not null,
      size bigint not null, mtime_us bigint not null, good_offset bigint not null, outcome varchar(16) not null,
      damage mediumtext, fingerprint text not null, resume mediumtext not null, version bigint not null,
      unique key file_path (path_key), key file_order (path_head, id), key file_outcome (outcome, size)
    ) ${inMariadb}`,
    `create table if not exists archive_timelines (
      id bigint not null primary key, name_key ${key}, feed_key ${key}, feed text not null, block text not null,
      revision bigint not null, finalized_tick bigint, first_tick bigint, last_tick bigint, longest bigint not null,
      frames bigint not null, samples bigint not null,
      unique key timeline_name (name_key), key timeline_feed (feed_key)
    ) ${inMariadb}`,
    `create table if not exists archive_layouts (
      id bigint not null primary key, timeline_id bigint not null, digest ${key}, fields longtext not null,
      unique key layout_digest (timeline_id, digest)
    ) ${inMariadb}`,
    `create table if not exists archive_runs (
      timeline_id bigint not null, file_id bigint not null, layout_id bigint not null, first_tick bigint not null,
      last_tick bigint not null, frame_count bigint not null, samples bigint not null, frames longblob not null,
      primary key (timeline_id, file_id), key run_file (file_id),
      key run_span (timeline_id, first_tick, last_tick, layout_id)
    ) ${inMariadb}`,
    `create table if not exists archive_changes (
      id bigint not null primary key, timeline_id bigint not null, first_tick bigint not null, last_tick bigint not null
    ) ${inMariadb}`,
  ],
  libsql: [
    `create table archive_state (
      id integer primary key, instance text not null, generation integer not null,
      next_file integer not null, next_timeline integer not null, next_layout integer not null,
      next_change integer not null, forgotten_change integer not null
    )`,
    'insert into archive_state values (1, hex(randomblob(8)), 0, 1, 1, 1, 1, 0)',
    `create table archive_files (
      id integer primary key, path_key text not null unique, path text not null, path_head text not null,
      size integer not null, mtime_us integer not null, good_offset integer not null, outcome text not null,
      damage text, fingerprint text not null, resume text not null, version integer not null
    )`,
    'create index file_order on archive_files (path_head, id)',
    'create index file_outcome on archive_files (outcome, size)',
    `create table archive_timelines (
      id integer primary key, name_key text not null unique, feed_key text not null, feed text not null,
      block text not null, revision integer not null, finalized_tick integer, first_tick integer, last_tick integer,
      longest integer not null, frames integer not null, samples integer not null
    )`,
    'create index timeline_feed on archive_timelines (feed_key)',
    `create table archive_layouts (
      id integer primary key, timeline_id integer not null, digest text not null, fields text not null,
      unique (timeline_id, digest)
    )`,
    `create table archive_runs (
      timeline_id integer not null, file_id integer not null, layout_id integer not null, first_tick integer not null,
      last_tick integer not null, frame_count integer not null, samples integer not null, frames blob not null,
      primary key (timeline_id, file_id)
    ) without rowid`,
    'create index run_file on archive_runs (file_id)',
    'create index run_span on archive_runs (timeline_id, first_tick, last_tick, layout_id)',
    `create table archive_changes (
      id integer primary key, timeline_id integer not null, first_tick integer not null, last_tick integer not null
    )`,
  ],
};
