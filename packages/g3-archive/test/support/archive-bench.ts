import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import type { Batch, Reader, Value } from '@sisock/core';
import { allTime, collect } from '@sisock/core';
import { FrameFiles } from '@sisock/g3-files';
import { createMetrics, type Logger, type Metrics, silentLogger } from '@sisock/runtime';
import { pino } from 'pino';
import { G3Reader, type G3ReaderOptions } from '@sisock/g3-archive';
import { HkFiles } from './hk-files.js';
import { MemoryArchive } from './memory-archive.js';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly file?: string;
}

/** A database in a file, as sites without MariaDB have it. */
export async function libsqlStore(): Promise<ArchiveStore> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'g3-archive-'));
  const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000, dataDirectory };
  const store = await openArchive(readArchiveSettings({ ARCHIVE_SYNC: 'no' }), parts);
  await store.migrate();
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await rm(dataDirectory, { recursive: true });
  };
  return store;
}

/** A reader over files of its own and a database in memory. */
export class ArchiveBench {
  readonly store: MemoryArchive;
  readonly hk: HkFiles;
  readonly files = new FrameFiles({});
  readonly metrics: Metrics = createMetrics();
  readonly lines: LogLine[] = [];
  readonly reader: G3Reader;
  now = 1_600_000_000;

  private constructor(store: MemoryArchive, hk: HkFiles, options: Partial<G3ReaderOptions>) {
    this.store = store;
    this.hk = hk;
    this.reader = this.open(options);
  }

  static async make(options: Partial<G3ReaderOptions> = {}): Promise<ArchiveBench> {
    const store = new MemoryArchive();
    return new ArchiveBench(store, await HkFiles.make(store), options);
  }

  /** One more reader of the same archive, as after a restart. The caller closes it. */
  open(options: Partial<G3ReaderOptions> = {}): G3Reader {
    const write = (text: string) => void this.lines.push(JSON.parse(text) as LogLine);
    const log: Logger = pino({ level: 'debug' }, { write });
    const { store, files, metrics } = this;
    return new G3Reader({ store, files, log, metrics, clock: () => this.now, pollMs: 5, probeMs: 0, ...options });
  }

  warnings(): string[] {
    return this.lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.files.close();
    await this.hk.remove();
  }
}

/** All rows of a timeline, as `[t, value]` of one field. */
export async function rowsOf(
  reader: Reader,
  timeline: string,
  field: string,
  options: { range?: { start: number; end: number }; maxSamples?: number; cursor?: string } = {},
): Promise<[number, Value][]> {
  const { range = allTime, ...rest } = options;
  const { batches } = await collect(reader, { timeline, fields: [field], range, ...rest }, { maxRows: 1e6 });
  return batches.flatMap((batch: Batch) =>
    [...batch.t].map((t, i): [number, Value] => [t, batch.columns.get(field)!.v[i]!]),
  );
}
