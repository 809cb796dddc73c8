import { type Clock, SisockError, throwIfCancelled, type TimeRange } from '@sisock/core';
import type { Logger, Metrics } from '@sisock/runtime';
import { sql } from 'kysely';
import type { Backend } from './backend.js';
import { changesAfter, forgetChanges } from './changes.js';
import { commitFiles } from './commit/commit.js';
import { countAll } from './counts.js';
import { migrate } from './migrate.js';
import type { ArchiveOptions } from './options.js';
import { ArchiveQueries } from './queries.js';
import { type FieldKinds, fileKey, rowToFile } from './rows.js';
import type { Db } from './tables.js';
import { putTiles } from './tiles/put-tiles.js';
import { TileQueries } from './tiles/read-tiles.js';
import { trimTiles } from './tiles/trim-tiles.js';
import type {
  ArchiveChange,
  ArchiveCounts,
  ArchivedField,
  ArchiveStore,
  CommitResult,
  FeedInfo,
  FileUpdate,
  FilledQuery,
  FrameRun,
  KnownFile,
  TilePlace,
  TilesQuery,
  TilesTrim,
  TilesUpdate,
} from './types.js';

export interface SqlStoreParts {
  readonly backend: Backend;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly options: ArchiveOptions;
}

/** How many names of `description` are remembered as written. */
const rememberedNames = 200_000;
/** How many layouts of blocks. */
const rememberedLayouts = 10_000;

/** The archive in SQL, whichever database it is. */
export class SqlStore implements ArchiveStore {
  readonly #backend: Backend;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #options: ArchiveOptions;
  readonly #queries = new ArchiveQueries();
  readonly #tiles = new TileQueries();
  readonly #described = new Set<string>();
  readonly #layouts = new Map<number, FieldKinds>();
  readonly #committed;

  constructor({ backend, log, metrics, clock, options }: SqlStoreParts) {
    this.#backend = backend;
    this.#log = log;
    this.#clock = clock;
    this.#options = options;
    this.#committed = metrics.counter('sisock_archive_updates_total', 'Updates of files given to the archive', [
      'result',
    ]);
  }

  get name(): string {
    return this.#backend.name;
  }

  migrate(): Promise<{ readonly from: number; readonly to: number }> {
    return migrate(this.#backend, { log: this.#log, now: this.#clock });
  }

  async *files(signal?: AbortSignal): AsyncGenerator<KnownFile> {
    let after: { readonly head: string; readonly id: number } | null = null;
    for (;;) {
      throwIfCancelled(signal);
      const rows = await this.#backend.read((db) => filePage(db, after, this.#options.filesPerPage));
      for (const row of rows) yield rowToFile(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < this.#options.filesPerPage) return;
      after = { head: last.path_head, id: Number(last.id) };
    }
  }

  async file(path: string): Promise<KnownFile | null> {
    const row = await this.#backend.read((db) =>
      db.selectFrom('archive_files').selectAll().where('path_key', '=', fileKey(path)).executeTakeFirst(),
    );
    return row === undefined ? null : rowToFile(row);
  }

  async commit(updates: readonly FileUpdate[]): Promise<readonly CommitResult[]> {
    const results: CommitResult[] = [];
    for (const round of rounds(updates, this.#options.updatesPerTransaction)) {
      const newestFinal = BigInt(Math.floor((this.#clock() + this.#options.futureToleranceSeconds) * 1e8));
      const outcome = await this.#backend.write(async (trx) => {
        const done = await commitFiles(trx, round, {
          newestFinal,
          layouts: this.#layouts,
          described: this.#described,
          locked: this.#backend.kind === 'mariadb',
        });
        await forgetChanges(trx, this.#options.keptChanges);
        return done;
      });
      if (this.#described.size > rememberedNames) this.#described.clear();
      if (this.#layouts.size > rememberedLayouts) this.#layouts.clear();
      for (const name of outcome.described) this.#described.add(name);
      for (const result of outcome.results) {
        this.#committed.inc({ result: result.conflict ? 'conflict' : 'stored' });
        results.push(result);
      }
    }
    return results;
  }

  async generation(): Promise<string> {
    const { instance, generation } = await this.#backend.read((db) =>
      db.selectFrom('archive_state').select(['instance', 'generation']).where('id', '=', 1).executeTakeFirstOrThrow(),
    );
    return `${instance}-${generation}`;
  }

  feeds(feed?: string): Promise<readonly FeedInfo[]> {
    return this.#backend.read((db) => this.#queries.feeds(db, feed));
  }

  fields(range: TimeRange): Promise<readonly ArchivedField[]> {
    return this.#backend.read((db) => this.#queries.fields(db, range));
  }

  runs(
    query: { readonly feed: string; readonly fields: ReadonlySet<string>; readonly range: TimeRange },
    signal?: AbortSignal,
  ): Promise<readonly FrameRun[]> {
    return this.#backend.read((db) => this.#queries.runs(db, query, signal));
  }

  changes(
    after: number,
    limit = 1000,
  ): Promise<{ readonly changes: readonly ArchiveChange[]; readonly latest: number }> {
    if (!Number.isSafeInteger(after) || !(limit >= 1)) {
      const what = `changes after ${after}, at most ${limit}, can't be asked: whole numbers, at least one`;
      return Promise.reject(new SisockError('bad_request', what));
    }
    return this.#backend.read((db) => changesAfter(db, after, limit));
  }

  counts(): Promise<ArchiveCounts> {
    return this.#backend.read(countAll);
  }

  putTiles(updates: readonly TilesUpdate[]): Promise<readonly boolean[]> {
    return this.#backend.write((trx) => putTiles(trx, updates, this.#backend.kind === 'mariadb'));
  }

  tiles(query: TilesQuery, signal?: AbortSignal): Promise<readonly (Uint8Array | 'empty' | null)[]> {
    return this.#backend.read((db) => this.#tiles.tiles(db, query, signal));
  }

  filledTiles(query: FilledQuery): Promise<readonly number[]> {
    return this.#backend.read((db) => this.#tiles.filled(db, query));
  }

  tiledFields(query: Omit<TilesQuery, 'wanted'> & TilePlace): Promise<ReadonlySet<string>> {
    return this.#backend.read((db) => this.#tiles.fieldsAt(db, query));
  }

  trimTiles(trim: TilesTrim): Promise<void> {
    return this.#backend.write((trx) => trimTiles(trx, trim));
  }

  close(): Promise<void> {
    return this.#backend.close();
  }
}

/** Files by the beginning of their path, which is what an index can order by, then by id. */
function filePage(db: Db, after: { readonly head: string; readonly id: number } | null, limit: number) {
  let query = db.selectFrom('archive_files').selectAll().orderBy('path_head').orderBy('id').limit(limit);
  if (after !== null) query = query.where(sql<boolean>`(path_head, id) > (${after.head}, ${after.id})`);
  return query.execute();
}

/** Updates in pieces for one transaction each; a file that stands twice comes in two of them. */
function* rounds(updates: readonly FileUpdate[], most: number): Generator<FileUpdate[]> {
  let round = new Map<string, FileUpdate>();
  for (const update of updates) {
    if (round.size >= most || round.has(update.file.path)) {
      yield [...round.values()];
      round = new Map();
    }
    round.set(update.file.path, update);
  }
  if (round.size > 0) yield [...round.values()];
}
