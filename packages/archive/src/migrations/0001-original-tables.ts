import type { Migration } from './migration.js';

/** The tables of the original, as its own scanner makes them; those of an existing database stay. */
export const originalTables: Migration = {
  number: 1,
  name: 'original tables',
  mariadb: [
    `create table if not exists feeds (
      id int not null auto_increment primary key,
      filename varchar(255), path varchar(255), prov_id int, description varchar(255), scanned bool not null default 0,
      unique key feed_index (filename, prov_id)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`,
    `create table if not exists fields (
      feed_id int not null, field varchar(255), \`start\` datetime(6), \`end\` datetime(6),
      unique key index_field (feed_id, field)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`,
    `create table if not exists description (
      description varchar(255) not null primary key
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`,
  ],
  libsql: [
    `create table if not exists feeds (
      id integer primary key autoincrement,
      filename varchar(255), path varchar(255), prov_id int, description varchar(255), scanned bool default 0
    )`,
    `create table if not exists fields (
      feed_id int not null, field varchar(255), "start" datetime, "end" datetime
    )`,
    'create unique index if not exists index_field on fields (feed_id, field)',
    'create table if not exists description (description varchar(255) primary key)',
  ],
};
