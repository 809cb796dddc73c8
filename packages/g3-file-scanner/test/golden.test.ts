import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, silentLogger } from '@sisock/runtime';
import Libsql from 'libsql';
import { startScanner } from '../src/index.js';

const fixtures = join(import.meta.dirname, 'fixtures');

interface Row {
  readonly file: string;
  readonly provider: number;
  readonly feed: string;
  readonly field: string;
  readonly start: string;
  readonly end: string;
}

type Golden = Record<
  string,
  { feeds: { prov_id: number; description: string; fields: { field: string; start: string; end: string }[] }[] }
>;

const golden = JSON.parse(readFileSync(join(fixtures, 'scanner-rows.golden.json'), 'utf8')) as Golden;

const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();
/** `2020-01-01T00:00:00.250000Z` and the original's `2020-01-01 00-00-00.250000` as the database has them. */
const time = (text: string) =>
  text
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/(\d\d)-(\d\d)-(\d\d)\./, '$1:$2:$3.');

/** Rows of a file as so3g finds them; a provider that comes back in another session is one row. */
function expected(file: string): Row[] {
  const rows = new Map<string, Row>();
  for (const { prov_id: provider, description: feed, fields } of golden[file]!.feeds) {
    for (const { field, ...span } of fields) {
      const key = JSON.stringify([provider, feed, field]);
      const before = rows.get(key);
      const start = [time(span.start), before?.start ?? '9'].sort()[0]!;
      const end = [time(span.end), before?.end ?? '0'].sort()[1]!;
      rows.set(key, { file, provider, feed, field, start, end });
    }
  }
  return [...rows.values()];
}

describe('the original tables after a scan', () => {
  let directory: string;
  let store: ArchiveStore;
  let rows: Row[];
  let described: string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scanner-golden-'));
    const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => Date.now() / 1000 };
    store = await openArchive(readArchiveSettings({}), { ...parts, dataDirectory: directory });
    const fixed = { ...parts, store, directories: [fixtures], scanInterval: Infinity, lookEvery: Infinity };
    // Small steps: rows grow with the file.
    const scanner = await startScanner({ ...fixed, stepBytes: 1000 });
    await scanner.firstScan;
    await scanner.close();
    const database = new Libsql(join(directory, 'archive.db'));
    const all = database
      .prepare(
        'select path, filename, prov_id, description, field, start, end from feeds join fields on feed_id = feeds.id',
      )
      .all() as Record<string, string>[];
    rows = all.map((row) => ({
      file: relative(fixtures, join(row['path']!, row['filename']!)),
      provider: Number(row['prov_id']),
      feed: row['description']!,
      field: row['field']!,
      start: row['start']!,
      end: row['end']!,
    }));
    described = (database.prepare('select description from description').all() as { description: string }[]).map(
      (row) => row.description,
    );
    database.close();
  });

  afterAll(async () => {
    await store?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(Object.keys(golden))(
    '%s: providers, fields and their first and last times in UTC (fault 3), of every layout (fault 8)',
    (file) => {
      expect(sorted(rows.filter((row) => row.file === file))).toEqual(sorted(expected(file)));
    },
  );

  it('are the rows of the original scanner where it understood the file', () => {
    const name = 'v0_irreg.original-scan-rows.json';
    const { feeds, fields, description } = JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as {
      feeds: [number, string, string, number, string, number][];
      fields: [number, string, string, string][];
      description: [string][];
    };
    const originals = fields.map(([id, field, start, end]): Row => {
      const [, filename, , provider, feed] = feeds.find(([feedId]) => feedId === id)!;
      return { file: filename, provider, feed, field, start: time(start), end: time(end) };
    });
    expect(sorted(rows.filter((row) => basename(row.file) === 'v0_irreg.g3'))).toEqual(sorted(originals));
    for (const [text] of description) expect(described).toContain(describedName(text));
  });

  it('another scan opens no file', async () => {
    const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => Date.now() / 1000 };
    const fixed = { ...parts, store, directories: [fixtures], scanInterval: Infinity, lookEvery: Infinity };
    const scanner = await startScanner(fixed);
    try {
      expect(await scanner.firstScan).toMatchObject({ opened: 0, bytes: 0, files: Object.keys(golden).length });
    } finally {
      await scanner.close();
    }
  });
});

/** The original spells the last part of a name in lower case there. */
function describedName(text: string): string {
  const at = text.lastIndexOf('.');
  return text.slice(0, at) + text.slice(at).toLowerCase();
}
