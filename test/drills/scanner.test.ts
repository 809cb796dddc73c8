import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { hkFile } from '../../packages/g3-file-scanner/test/support/hk-file.js';
import { until } from '../interop/peers/until.js';
import { startSisock, type SisockProcess } from '../support/stack-process.js';
import { badLines, parseLog } from './lab.js';

const kills = 20;
const start = 1_700_000_000;
const everything = { start: 0, end: 4e9 };

/** A directory that an aggregator writes to, with what a scanner keeps beside it. */
interface Site {
  readonly data: string;
  readonly kept: string;
  /** Writes a frame to a file that is there, a new file, or half a frame whose rest comes with the next call. */
  grow(): void;
  /** Writes what is left of a half frame. */
  finish(): void;
  /** Samples that were written as whole frames. */
  samples(): number;
}

function createSite(directory: string): Site {
  const data = join(directory, 'data');
  const files: { path: string; next: number }[] = [];
  let samples = 0;
  let calls = 0;
  let rest: { path: string; bytes: Uint8Array } | null = null;
  const add = (options: { frames: number; samples: number; at?: number }) => {
    const at = options.at ?? start + 10_000_000 + files.length * 100_000;
    const path = join(data, String(at).slice(0, 5), `${at}.g3`);
    mkdirSync(dirname(path), { recursive: true });
    // Like a copy that is renamed when it is whole; others grow in place.
    writeFileSync(`${path}.part`, hkFile({ start: at, frames: options.frames, samples: options.samples }));
    renameSync(`${path}.part`, path);
    samples += options.frames * options.samples;
    files.push({ path, next: at + options.frames * options.samples });
  };
  const finish = () => {
    if (rest === null) return;
    appendFileSync(rest.path, rest.bytes);
    samples += 10;
    rest = null;
  };
  // Several steps long.
  add({ frames: 200, samples: 5000, at: start });
  return {
    data,
    kept: join(directory, 'kept'),
    finish,
    samples: () => samples,
    grow() {
      calls++;
      finish();
      if (calls % 5 === 0 || files.length < 3) return add({ frames: 2, samples: 10 });
      const file = files[calls % files.length]!;
      const bytes = hkFile({ tail: true, start: file.next, frames: 1 });
      file.next += 10;
      const cut = calls % 3 === 0 ? bytes.length - 100 : bytes.length;
      appendFileSync(file.path, bytes.subarray(0, cut));
      if (cut < bytes.length) rest = { path: file.path, bytes: bytes.subarray(cut) };
      else samples += 10;
    },
  };
}

/** Everything that an archive holds of the site: a line for each frame. */
async function contents(kept: string): Promise<{ lines: string[]; samples: number; files: string[] }> {
  const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => Date.now() / 1000 };
  const store: ArchiveStore = await openArchive(readArchiveSettings({}), { ...parts, dataDirectory: kept });
  try {
    const lines: string[] = [];
    let samples = 0;
    for (const { feed } of await store.feeds()) {
      const fields = new Set((await store.fields(everything)).map((field) => field.field));
      for (const run of await store.runs({ feed, fields, range: everything })) {
        for (const [i, offset] of run.offset.entries()) {
          lines.push(`${run.path} ${offset}+${run.length[i]}#${run.index[i]} ${run.count[i]} ${run.minTick[i]}`);
          samples += run.count[i]!;
        }
      }
    }
    const files: string[] = [];
    for await (const file of store.files()) {
      files.push(`${file.path} ${file.size} ${file.goodOffset} ${file.outcome}`);
    }
    return { lines: lines.sort(), samples, files: files.sort() };
  } finally {
    await store.close();
  }
}

describe('the scanner under kill -9', () => {
  let directory: string;
  let site: Site;
  const running: SisockProcess[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sisock-drill-'));
    site = createSite(directory);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop('SIGKILL')));
    rmSync(directory, { recursive: true, force: true });
  });

  const env = (kept: string) => ({
    DATA_DIRECTORY: site.data,
    SISOCK_DATA_DIR: kept,
    SCAN_INTERVAL: '1',
    SCAN_WORKERS: '1',
    ARCHIVE_SYNC: 'no',
    LOGLEVEL: 'info',
  });

  function scanner(more: Readonly<Record<string, string>> = {}): SisockProcess {
    const one = startSisock(['g3-file-scanner'], { ...env(site.kept), ...more });
    running.push(one);
    return one;
  }

  async function once(kept: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
    const one = startSisock(['g3-file-scanner', '--once'], { ...env(kept), ...more });
    running.push(one);
    expect([await one.ended, badLines(parseLog(one.stderr()))]).toEqual([0, []]);
  }

  /** What is kept is what a scanner finds that never was here before: every sample, once. */
  async function expectWhole(): Promise<void> {
    await once(site.kept);
    // A machine in another time zone sees the same.
    await once(join(directory, 'fresh'), { TZ: 'Asia/Tokyo' });
    const kept = await contents(site.kept);
    expect(kept).toEqual(await contents(join(directory, 'fresh')));
    expect(kept.samples).toBe(site.samples());
    expect(new Set(kept.lines).size).toBe(kept.lines.length);
  }

  it(`killed ${kills} times while files grow and appear: nothing is lost, nothing is there twice`, async () => {
    const growing = setInterval(() => site.grow(), 20);
    try {
      for (let i = 0; i < kills; i++) {
        const one = scanner();
        // From before it opens the database to after its first scan.
        await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1300));
        await one.stop('SIGKILL');
        expect(badLines(parseLog(one.stderr()))).toEqual([]);
      }
    } finally {
      clearInterval(growing);
    }
    site.finish();
    await expectWhole();
  });

  it('two at once on one database, one of them killed now and then: the same', async () => {
    const growing = setInterval(() => site.grow(), 20);
    const lasting = scanner();
    try {
      for (let i = 0; i < 5; i++) {
        const other = scanner();
        await until('the other scans', () => other.stderr().includes('scan done'));
        await other.stop('SIGKILL');
      }
    } finally {
      clearInterval(growing);
    }
    site.finish();
    await until('both saw everything', () => lasting.stderr().includes('scan done'));
    expect(await lasting.stop('SIGTERM')).toBe(0);
    expect(badLines(parseLog(lasting.stderr()))).toEqual([]);
    await expectWhole();
  });

  it('new frames are there with the next scan that begins', async () => {
    const one = scanner({ LOGLEVEL: 'debug' });
    const scans = () => one.stderr().split('scan done').length - 1;
    await until('the first scan', () => scans() > 0);
    for (let i = 0; i < 5; i++) {
      site.grow();
      site.grow();
      site.grow();
      const before = scans();
      // One may have been under way.
      await until('the next scan', () => scans() >= before + 2);
      expect((await contents(site.kept)).samples).toBeGreaterThanOrEqual(site.samples());
    }
  });
});
