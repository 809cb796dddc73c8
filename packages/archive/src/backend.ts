import type { Service } from '@sisock/runtime';
import type { Db } from './tables.js';

/** What differs between MariaDB and the embedded database. */
export interface Backend extends Service {
  readonly kind: 'mariadb' | 'libsql';
  /** For the log; never a secret. */
  readonly name: string;
  /** Runs a query that changes nothing; what is lost on the way is asked again once. Errors are SisockErrors. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in a transaction that no other writer of the archive has beside it; it may be run again from its
   * beginning after a deadlock. Errors are SisockErrors, those that `work` throws pass.
   */
  write<T>(work: (trx: Db) => Promise<T>): Promise<T>;
  /** Runs `work` while no other process migrates. */
  migrating<T>(work: (db: Db) => Promise<T>): Promise<T>;
}
