import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMetrics, type Metrics } from '@sisock/runtime';
import { pino } from 'pino';
import { type Scanner, type ScannerOptions, startScanner } from '../../src/index.js';
import { hkFile } from './hk-file.js';
import { asStore, MemoryStore } from './memory-store.js';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly file?: string;
  readonly offset?: number;
  readonly kind?: string;
}

/** A tree of g3 files, an archive in memory and scanners over them, which are closed with it. */
export interface TestTree {
  readonly root: string;
  readonly store: MemoryStore;
  readonly log: LogLine[];
  readonly metrics: Metrics;
  /** Lines of warnings and errors. */
  warnings(): LogLine[];
  path(name: string): string;
  write(name: string, bytes?: Uint8Array, mtime?: number): Promise<void>;
  append(name: string, bytes: Uint8Array, mtime?: number): Promise<void>;
  /** A scanner that scans when it is asked and does not look by itself. */
  start(options?: Partial<ScannerOptions>): Promise<Scanner>;
  /** Starts a scanner, waits for its first scan and closes it. */
  once(options?: Partial<ScannerOptions>): ReturnType<Scanner['scan']>;
  now: number;
  close(): Promise<void>;
}

export async function testTree(): Promise<TestTree> {
  const root = await mkdtemp(join(tmpdir(), 'scanner-'));
  const log: LogLine[] = [];
  const logger = pino({ level: 'debug' }, { write: (text: string) => void log.push(JSON.parse(text) as LogLine) });
  const scanners: Scanner[] = [];
  const tree: TestTree = {
    root,
    store: new MemoryStore(),
    log,
    metrics: createMetrics(),
    warnings: () => log.filter((line) => line.level >= 40),
    path: (name) => join(root, name),
    // Long after the files were written.
    now: Date.now() / 1000 + 3600,
    async write(name, bytes = hkFile(), mtime) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), bytes);
      if (mtime !== undefined) await utimes(join(root, name), mtime, mtime);
    },
    async append(name, bytes, mtime) {
      await appendFile(join(root, name), bytes);
      if (mtime !== undefined) await utimes(join(root, name), mtime, mtime);
    },
    async start(options = {}) {
      const scanner = await startScanner({
        store: asStore(tree.store),
        directories: [root],
        log: logger,
        metrics: tree.metrics,
        clock: () => tree.now,
        scanInterval: Infinity,
        lookEvery: Infinity,
        ...options,
      });
      scanners.push(scanner);
      return scanner;
    },
    async once(options) {
      const scanner = await tree.start(options);
      const report = await scanner.firstScan;
      await scanner.close();
      return report;
    },
    async close() {
      await Promise.all(scanners.map((scanner) => scanner.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
  return tree;
}
