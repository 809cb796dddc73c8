import type { Migration } from './migration.js';

/**
 * The original's tables for long names, names that differ in case only, large provider ids, and files of one name in
 * two directories: the unique key (filename, prov_id) lacked the path. Its queries answer as before. `row_key` is empty
 * in rows of its own scanner, which an index takes as often as there are.
 */
export const widerOriginals: Migration = {
  number: 2,
  name: 'wider original tables',
  mariadb: [
    'alter table feeds engine = InnoDB, convert to character set utf8mb4 collate utf8mb4_bin',
    'alter table fields engine = InnoDB, convert to character set utf8mb4 collate utf8mb4_bin',
    'alter table description engine = InnoDB, convert to character set utf8mb4 collate utf8mb4_bin',
    `alter table feeds
      modify path varchar(4096), modify prov_id bigint, modify description varchar(1024),
      add column if not exists archive_file bigint null,
      add column if not exists row_key char(64) character set ascii collate ascii_bin null`,
    `alter table feeds drop index if exists feed_index`,
    'create unique index if not exists feed_row on feeds (row_key)',
    'create index if not exists feed_name on feeds (filename, prov_id)',
    'create index if not exists feed_file on feeds (archive_file)',
    'create index if not exists field_span on fields (`end`, `start`)',
    'alter table description modify description varchar(768) not null',
  ],
  libsql: [
    'alter table feeds add column archive_file integer',
    'alter table feeds add column row_key text',
    'create unique index feed_row on feeds (row_key)',
    'create index feed_name on feeds (filename, prov_id)',
    'create index feed_file on feeds (archive_file)',
    'create index field_span on fields ("end", "start")',
  ],
};
