import { join } from 'node:path';
import { type Clock, SisockError } from '@sisock/core';
import type { Logger, Metrics } from '@sisock/runtime';
import type { Backend } from './backend.js';
import { type ArchiveOptions, defaultArchiveOptions } from './options.js';
import { archiveProblems, type ArchiveSettings } from './settings.js';
import { SqlStore } from './sql-store.js';
import type { ArchiveStore } from './types.js';

export interface ArchiveParts {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where the embedded database stands (`archive.db`). */
  readonly dataDirectory: string;
  readonly options?: Partial<ArchiveOptions>;
}

/**
 * Opens the archive: MariaDB with SQL_HOST, else `<dataDirectory>/archive.db`. A MariaDB server that is away just now
 * is no error here: calls say so until it is back.
 * @throws SisockError `bad_setting` for settings that can't be and a file that can't be made, `bad_data` for a file
 * that is no database.
 */
export async function openArchive(
  settings: ArchiveSettings,
  { log, metrics, clock, dataDirectory, options: given }: ArchiveParts,
): Promise<ArchiveStore> {
  const problems = archiveProblems(settings);
  if (problems.length > 0) throw new SisockError('bad_setting', problems.join('\n'));
  const options = { ...defaultArchiveOptions, ...given };
  const backend = await openBackend(settings, options, { log, dataDirectory });
  return new SqlStore({ backend, log, metrics, clock, options });
}

/** Drivers weigh: only the one that is needed is loaded. */
async function openBackend(
  settings: ArchiveSettings,
  options: ArchiveOptions,
  { log, dataDirectory }: Pick<ArchiveParts, 'log' | 'dataDirectory'>,
): Promise<Backend> {
  if (settings.SQL_HOST === undefined) {
    const { libsqlBackend } = await import('./libsql/backend.js');
    const { lockWaitMs } = options;
    return libsqlBackend({ path: join(dataDirectory, 'archive.db'), sync: settings.ARCHIVE_SYNC, lockWaitMs });
  }
  const { mariadbBackend } = await import('./mariadb/backend.js');
  return mariadbBackend(
    {
      host: settings.SQL_HOST,
      port: settings.SQL_PORT,
      user: settings.SQL_USER!,
      password: settings.SQL_PASSWD!,
      database: settings.SQL_DB!,
      tls: settings.SQL_TLS ?? settings.SQL_CA !== undefined,
      ca: settings.SQL_CA,
    },
    { log, options },
  );
}
