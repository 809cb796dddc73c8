import type { Migration } from './migration.js';

const inMariadb = 'engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin';
const key = 'char(64) character set ascii collate ascii_bin not null';

/**
 * Tiles of stored buckets. They lie by feed and not by block, since a field may have been in several blocks of its feed;
 * fields of one place lie together, since they are dropped together.
 */
export const tiles: Migration = {
  number: 4,
  name: 'tiles',
  mariadb: [
    'alter table archive_state add column if not exists next_tile_feed bigint not null default 1',
    'alter table archive_state add column if not exists next_tile_field bigint not null default 1',
    `create table if not exists archive_tile_feeds (
      id bigint not null primary key, feed_key ${key}, powers bigint not null, unique key tile_feed (feed_key)
    ) ${inMariadb}`,
    `create table if not exists archive_tile_fields (
      id bigint not null primary key, feed_id bigint not null, field_key ${key}, field text not null,
      unique key tile_field (feed_id, field_key)
    ) ${inMariadb}`,
    `create table if not exists archive_tiles (
      feed_id bigint not null, power int not null, tile bigint not null, field_id bigint not null,
      encoding int not null, data longblob not null, primary key (feed_id, power, tile, field_id)
    ) ${inMariadb}`,
    `create table if not exists archive_tiles_filled (
      feed_id bigint not null, power int not null, tile bigint not null, timeline_id bigint not null,
      encoding int not null, fields ${key}, primary key (feed_id, power, tile, timeline_id),
      key filled_timeline (timeline_id, power, encoding, tile)
    ) ${inMariadb}`,
  ],
  libsql: [
    'alter table archive_state add column next_tile_feed integer not null default 1',
    'alter table archive_state add column next_tile_field integer not null default 1',
    'create table archive_tile_feeds (id integer primary key, feed_key text not null unique, powers integer not null)',
    `create table archive_tile_fields (
      id integer primary key, feed_id integer not null, field_key text not null, field text not null,
      unique (feed_id, field_key)
    )`,
    `create table archive_tiles (
      feed_id integer not null, power integer not null, tile integer not null, field_id integer not null,
      encoding integer not null, data blob not null
    )`,
    'create unique index tile_place on archive_tiles (feed_id, power, tile, field_id)',
    `create table archive_tiles_filled (
      feed_id integer not null, power integer not null, tile integer not null, timeline_id integer not null,
      encoding integer not null, fields text not null, primary key (feed_id, power, tile, timeline_id)
    ) without rowid`,
    'create index filled_timeline on archive_tiles_filled (timeline_id, power, encoding, tile)',
  ],
};
