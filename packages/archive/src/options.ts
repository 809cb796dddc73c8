/** Limits and habits of an archive. */
export interface ArchiveOptions {
  /** Samples that are further ahead of the clock than this finalize nothing. */
  readonly futureToleranceSeconds: number;
  /** Largest number of changes that are kept; who asks for older ones is told that everything changed. */
  readonly keptChanges: number;
  /** Files in one page of `files()`. */
  readonly filesPerPage: number;
  /** Updates in one transaction. */
  readonly updatesPerTransaction: number;
  /** How long a call waits for a lock of another process. */
  readonly lockWaitMs: number;
  /** MariaDB: how long a connection may take to come. */
  readonly connectMs: number;
  /** MariaDB: how long a statement may take. */
  readonly statementMs: number;
  /** MariaDB: connections at once. */
  readonly connections: number;
}

export const defaultArchiveOptions: ArchiveOptions = {
  futureToleranceSeconds: 60,
  keptChanges: 100_000,
  filesPerPage: 1000,
  updatesPerTransaction: 500,
  lockWaitMs: 10_000,
  connectMs: 5_000,
  statementMs: 30_000,
  connections: 8,
};
