// Scan of two years of hourly g3 files: 17,520 of one provider, 4 fields at 0.1 Hz, about 25 kB each, into the embedded
// database: everything, nothing (no file is opened), one file that grew. Then one large file, for the memory. The files are
// made once, under .cache/. Beside the first scan, in the same run: so3g's process_file on some of them.
// Each scan is a process of its own, as `sisock g3-file-scanner --once`.
// Options: --workers 1 --large 500 (MB, 0: none), --quick (90 days, --large 100)
import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suiteOptions } from './lib/arguments.mjs';
import { day, end, slowRate, values, version, yearsSeries } from './lib/dataset.mjs';
import { dataFrame, linkedCopy, makeTree, sessionFrames } from './lib/g3-tree.mjs';
import { cacheDir } from './lib/peer-store.mjs';
import { dropDirectory, ownDirectory, startSisock } from './lib/processes.mjs';
import { peerProgram } from './lib/routers.mjs';
import { report } from './lib/table.mjs';

const { quick, workers, large } = suiteOptions({ workers: { type: 'string' }, large: { type: 'string' } });
const largeMegabytes = Number(large ?? (quick ? 100 : 500));
const days = quick ? 90 : 730;
const series = { ...yearsSeries, start: end - days * day, count: days * day * slowRate };

/** One scan as a process: its report, its seconds from start to end, and the most memory it held. */
async function scan(directory, dataDirectory) {
  const began = performance.now();
  const scanner = startSisock(['g3-file-scanner', '--once'], {
    DATA_DIRECTORY: directory,
    SISOCK_DATA_DIR: dataDirectory,
    LOGLEVEL: 'info',
    ...(workers && { SCAN_WORKERS: workers }),
  });
  let rss = 0;
  const look = setInterval(() => {
    try {
      rss = Math.max(rss, scanner.peakMegabytes());
    } catch {
      // ended
    }
  }, 20);
  const status = await scanner.ended;
  clearInterval(look);
  if (status !== 0) throw new Error(`the scan ended with ${status}: ${scanner.output()}`);
  const line = scanner.output().split('\n').find((one) => one.includes('"scan done"')); // prettier-ignore
  return { ...JSON.parse(line), process: (performance.now() - began) / 1000, rss };
}

/** What so3g takes for all files, from the first 500 of them. */
async function so3gSeconds(paths) {
  const some = paths.slice(0, 500);
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
  const python = await peerProgram('python');
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { input: some.join('\n'), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return { peer: (Number(stdout) / some.length) * paths.length, peerName: 'so3g process_file' };
}

function makeLarge(path) {
  if (existsSync(path)) return;
  mkdirSync(join(path, '..'), { recursive: true });
  const making = `${path}.new`;
  rmSync(making, { force: true });
  // 4 fields at 200 Hz in frames of 300 s.
  const fast = { ...yearsSeries, step: 1 / 200 };
  appendFileSync(making, sessionFrames([fast], 0));
  let size = 0;
  for (let from = 0; size < largeMegabytes * 1e6; from += 60_000) {
    const bytes = dataFrame(fast, 0, from, values, 200);
    appendFileSync(making, bytes);
    size += bytes.length;
  }
  renameSync(making, path);
}

const kept = join(cacheDir, `years-v${version}-${days}`);
if (!existsSync(kept)) console.log(`making ${days * 24} files in ${kept}, once`);
makeTree(kept, [series], values, slowRate);
const tree = linkedCopy(kept, join(cacheDir, `years-${process.pid}`));
process.once('exit', () => rmSync(tree, { recursive: true, force: true }));
const paths = readdirSync(tree)
  .sort()
  .flatMap((folder) => readdirSync(join(tree, folder)).map((name) => join(tree, folder, name)));
const dataDirectory = ownDirectory('scan');
const what = `${paths.length} hourly g3 files`;

const first = await scan(tree, dataDirectory);
const peer = await so3gSeconds(paths);
report({ what: `${what}: first scan`, unit: 's', ours: first.seconds, ...peer, lowerIsBetter: true });
report({ what: `${what}: first scan, blocks`, unit: 'blocks/s', ours: first.blocks / first.seconds });
report({ what: `${what}: first scan, bytes`, unit: 'MB/s', ours: first.bytes / 1e6 / first.seconds });
report({ what: `${what}: first scan, memory`, unit: 'MB', ours: first.rss, goal: '<= 150' });
const second = await scan(tree, dataDirectory);
if (second.blocks !== 0 || second.bytes !== 0)
  throw new Error(`a scan of unchanged files read: ${JSON.stringify(second)}`);
report({ what: `${what}: second scan`, unit: 's', ours: second.seconds, goal: '<= 2' });
report({ what: `${what}: second scan with start and end`, unit: 's', ours: second.process });
const last = paths.at(-1);
copyFileSync(last, `${last}.new`);
renameSync(`${last}.new`, last);
await scan(tree, dataDirectory);
appendFileSync(last, dataFrame(series, 0, series.count, values, slowRate));
const third = await scan(tree, dataDirectory);
if (third.blocks !== 1) throw new Error(`one block was appended: ${JSON.stringify(third)}`);
report({ what: `${what}: one of them grew`, unit: 's', ours: third.seconds });
dropDirectory(dataDirectory);

if (largeMegabytes > 0) {
  const directory = join(cacheDir, `large-v${version}.1-${largeMegabytes}`);
  makeLarge(join(directory, `${end}.g3`));
  const found = await scan(directory, ownDirectory('scan'));
  const one = `one g3 file of ${largeMegabytes} MB`;
  report({ what: `${one}: first scan`, unit: 'MB/s', ours: found.bytes / 1e6 / found.seconds, goal: '>= 400' });
  report({ what: `${one}: memory`, unit: 'MB', ours: found.rss, goal: '<= 150' });
}
process.exit(0);
