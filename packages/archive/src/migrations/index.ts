import { originalTables } from './0001-original-tables.js';
import { widerOriginals } from './0002-wider-originals.js';
import { archiveTables } from './0003-archive-tables.js';
import { tiles } from './0004-tiles.js';
import type { Migration } from './migration.js';

/** All steps, in order. */
export const migrations: readonly Migration[] = [originalTables, widerOriginals, archiveTables, tiles];
