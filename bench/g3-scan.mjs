// Scan of two years of hourly g3 files: 17,520 of one provider, 4 fields at 0.1 Hz, about 25 kB each, into the embedded
// database: everything, nothing (no file is opened), one file that grew. Then one large file, for the memory. The files are
// made once, under .cache/. Beside the first scan, in the same run: so3g's process_file on some of them where so3g is there.
// Each scan is a process of its own, as `sisock g3-file-scanner --once`.
// Options: --files 17520 --workers 1 --large 500 (MB, 0: none)
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeHk } from '@sisock/codecs/g3';
import { report } from './lib/table.mjs';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '17520' },
    workers: { type: 'string' },
    large: { type: 'string', default: '500' },
  },
});
const files = Number(values.files);
const largeMegabytes = Number(values.large);
const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache/g3-scan');
const firstHour = 1_600_000_000 - (1_600_000_000 % 3600);
const sessionId = 77n;
const names = ['Channel_01', 'Channel_02', 'Heater', 'Setpoint'];

/** Frames of one provider, each of so many seconds. */
function framesOf({ start, frames, secondsOfFrame, rate, withHead }) {
  const description = 'observatory.LSA22YE.feeds.temperatures';
  const parts = withHead
    ? [
        { kind: 'session', sessionId, startTime: start, description: 'bench' },
        { kind: 'status', sessionId, timestamp: start, providers: [{ id: 0n, description }] },
      ].map(writeHk)
    : [];
  const rows = Math.round(secondsOfFrame * rate);
  for (let i = 0; i < frames; i++) {
    const first = start + i * secondsOfFrame;
    const ticks = BigInt64Array.from({ length: rows }, (_, n) => BigInt(Math.round((first + n / rate) * 1e8)));
    const columns = new Map(
      names.map((name, at) => [
        name,
        { kind: 'f64', v: Float64Array.from({ length: rows }, (_, n) => Math.sin(i + n / 9) + at) },
      ]),
    );
    parts.push(
      writeHk({
        kind: 'data',
        sessionId,
        providerId: 0n,
        timestamp: first,
        blocks: [{ name: 'temps', ticks, columns }],
      }),
    );
  }
  return Buffer.concat(parts);
}

const hourly = (start) => framesOf({ start, frames: 12, secondsOfFrame: 300, rate: 0.1, withHead: true });

function makeTree(directory) {
  for (let i = 0; i < files; i++) {
    const start = firstHour + i * 3600;
    const path = join(directory, String(start).slice(0, 5), `${start}.g3`);
    if (existsSync(path)) continue;
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, hourly(start));
    utimesSync(path, start + 3600, start + 3600);
  }
}

function makeLarge(directory, megabytes) {
  const path = join(directory, `${firstHour}.g3`);
  if (existsSync(path) && statSync(path).size >= megabytes * 1e6) return;
  mkdirSync(directory, { recursive: true });
  rmSync(path, { force: true });
  let start = firstHour;
  let size = 0;
  // 4 fields at 200 Hz, frames of 60 s.
  for (let first = true; size < megabytes * 1e6; first = false) {
    const bytes = framesOf({ start, frames: 4, secondsOfFrame: 60, rate: 200, withHead: first });
    appendFileSync(path, bytes);
    size += bytes.length;
    start += 240;
  }
  utimesSync(path, start, start);
}

/** One scan as a process: its report, its seconds from start to end, and the most memory it held. */
async function scan(directory, dataDirectory) {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, 'packages/stack/dist/bin/sisock.js'), 'g3-file-scanner', '--once'],
    {
      env: {
        PATH: process.env.PATH,
        DATA_DIRECTORY: directory,
        SISOCK_DATA_DIR: dataDirectory,
        LOGLEVEL: 'info',
        ...(values.workers && { SCAN_WORKERS: values.workers }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  let log = '';
  child.stdout.on('data', (piece) => (text += piece));
  child.stderr.on('data', (piece) => (log += piece));
  let rss = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      rss = Math.max(rss, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // ended
    }
  }, 20);
  const status = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (status !== 0) throw new Error(`the scan ended with ${status}: ${log}`);
  const line = log.split('\n').find((one) => one.includes('"scan done"'));
  return { ...JSON.parse(line), process: (performance.now() - began) / 1000, rss, text };
}

const tree = join(cache, `tree-${files}`);
console.log(`making ${files} files in ${tree}, where they are not there yet`);
makeTree(tree);
const dataDirectory = mkdtempSync(join(tmpdir(), 'sisock-bench-'));
try {
  const first = await scan(tree, dataDirectory);
  const peer = so3gSeconds();
  const what = `${files} hourly g3 files`;
  report({ what: `${what}: first scan`, unit: 's', ours: first.seconds, ...peer, goal: '8x', lowerIsBetter: true });
  report({ what: `${what}: first scan, blocks`, unit: 'blocks/s', ours: first.blocks / first.seconds });
  report({ what: `${what}: first scan, bytes`, unit: 'MB/s', ours: first.bytes / 1e6 / first.seconds });
  report({ what: `${what}: first scan, memory`, unit: 'MB', ours: first.rss, goal: '150', lowerIsBetter: true });
  const second = await scan(tree, dataDirectory);
  if (second.blocks !== 0 || second.bytes !== 0) throw new Error(`a scan of unchanged files read: ${second.text}`);
  report({ what: `${what}: second scan`, unit: 's', ours: second.seconds, goal: '2', lowerIsBetter: true });
  report({ what: `${what}: second scan with start and end`, unit: 's', ours: second.process, lowerIsBetter: true });
  const last = firstHour + (files - 1) * 3600;
  const path = join(tree, String(last).slice(0, 5), `${last}.g3`);
  const { size, mtime } = statSync(path);
  try {
    appendFileSync(path, framesOf({ start: last + 3600, frames: 1, secondsOfFrame: 300, rate: 0.1, withHead: false }));
    const third = await scan(tree, dataDirectory);
    if (third.blocks !== 1) throw new Error(`one block was appended: ${third.text}`);
    report({ what: `${what}: one of them grew`, unit: 's', ours: third.seconds, lowerIsBetter: true });
  } finally {
    truncateSync(path, size);
    utimesSync(path, mtime, mtime);
  }
} finally {
  rmSync(dataDirectory, { recursive: true, force: true });
}

if (largeMegabytes > 0) {
  const directory = join(cache, `large-${largeMegabytes}`);
  makeLarge(directory, largeMegabytes);
  const own = mkdtempSync(join(tmpdir(), 'sisock-bench-'));
  try {
    const large = await scan(directory, own);
    const what = `one g3 file of ${largeMegabytes} MB`;
    report({ what: `${what}: first scan`, unit: 'MB/s', ours: large.bytes / 1e6 / large.seconds, goal: '400' });
    report({ what: `${what}: memory`, unit: 'MB', ours: large.rss, goal: '150', lowerIsBetter: true });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** What so3g takes for as many files, from the first 500 of them. */
function so3gSeconds() {
  const venvs = join(root, '.cache/python');
  const [bin] = existsSync(venvs)
    ? readdirSync(venvs)
        .map((name) => join(venvs, name, 'bin/python'))
        .filter(existsSync)
    : [];
  if (bin === undefined) return {};
  const some = readdirSync(tree)
    .sort()
    .flatMap((day) => readdirSync(join(tree, day)).map((name) => join(tree, day, name)))
    .slice(0, 500);
  const script = `
import sys, time
from so3g.hk import HKArchiveScanner
start = time.perf_counter()
scanner = HKArchiveScanner()
for path in sys.stdin.read().split():
    scanner.process_file(path)
scanner.finalize()
print(time.perf_counter() - start)
`;
  const { stdout, status } = spawnSync(bin, ['-c', script], { input: some.join('\n'), encoding: 'utf8' });
  if (status !== 0) return {};
  return { peer: (Number(stdout) / some.length) * files, peerName: 'so3g process_file' };
}
