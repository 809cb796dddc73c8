// The archive beside so3g on one file, in turn: an hour of 8 feeds x 17 fields at 10 Hz, 40 MB, written once into .cache/.
// Indexing: our indexFile (CRC checked) in a process of its own beside process_file. Reading: G3Reader over an embedded
// database, its cache of samples off, the page cache warm, beside get_data; both answers must be the same.
// Options: --quick
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive, readArchiveSettings } from '@sisock/archive';
import { writeHk } from '@sisock/codecs/g3';
import { collect } from '@sisock/core';
import { FrameFiles, indexFile } from '@sisock/g3-files';
import { G3Reader } from '@sisock/g3-archive';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { suiteOptions } from './lib/arguments.mjs';
import { lineWorker } from './lib/line-worker.mjs';
import { comparedRounds, measureRounds } from './lib/measure.mjs';
import { peerProgram } from './lib/routers.mjs';
import { report } from './lib/table.mjs';

const root = join(import.meta.dirname, '..');
const start = 1_577_836_800;
const feeds = 8;
const fields = 17;
const rate = 10;
const feedOf = (k) => `observatory.agent${k}.feeds.temperatures`;
const fieldOf = (i) => `Channel_${String(i + 1).padStart(2, '0')}`;

/** A file of `hours` hours. */
function writeFile(path, hours) {
  const part = `${path}.part`;
  const sessionId = 1n;
  const providers = Array.from({ length: feeds }, (_, k) => ({ id: BigInt(k), description: feedOf(k) }));
  writeFileSync(part, writeHk({ kind: 'session', sessionId, startTime: start, description: 'bench' }));
  appendFileSync(part, writeHk({ kind: 'status', sessionId, timestamp: start, providers }));
  const n = 60 * rate;
  for (let minute = 0; minute < 60 * hours; minute++) {
    const first = BigInt(start + 60 * minute) * 100_000_000n;
    const ticks = BigInt64Array.from({ length: n }, (_, i) => first + BigInt(i) * (100_000_000n / BigInt(rate)));
    for (let k = 0; k < feeds; k++) {
      const columns = new Map();
      for (let i = 0; i < fields; i++) {
        const v = Float64Array.from({ length: n }, (_, row) => 100 * k + i + Math.sin((minute * n + row) / 500));
        columns.set(fieldOf(i), { kind: 'f64', v });
      }
      const common = { kind: 'data', sessionId, providerId: BigInt(k), timestamp: start + 60 * minute };
      appendFileSync(part, writeHk({ ...common, blocks: [{ name: 'temps', ticks, columns }] }));
    }
  }
  renameSync(part, path);
}

function made(name, hours) {
  const directory = join(root, '.cache/bench');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  if (!existsSync(path)) writeFile(path, hours);
  return path;
}

async function openStore(path) {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'bench-g3-'));
  const clock = () => Date.now() / 1000;
  const store = await openArchive(readArchiveSettings({}), { ...parts, clock, dataDirectory });
  await store.migrate();
  const blocks = [];
  const steps = indexFile(path);
  let last;
  for (;;) {
    const { value, done } = await steps.next();
    blocks.push(...value.blocks);
    last = value;
    if (done) break;
  }
  const { size, mtimeMs } = statSync(path);
  const file = { path, size, mtimeUs: Math.round(mtimeMs * 1000), goodOffset: last.goodOffset, outcome: 'ok' };
  const state = { ...file, damage: null, fingerprint: '', resume: '' };
  await store.commit([{ file: state, expected: null, mode: 'replace', blocks }]);
  const close = async () => {
    await store.close();
    rmSync(dataDirectory, { recursive: true });
  };
  return { store, close, clock };
}

const parts = { log: silentLogger(), metrics: createMetrics() };
const timeline = `${feedOf(3)}.temps`;
const field = `${feedOf(3)}.${fieldOf(9)}`;
const hourRange = { start, end: start + 3600 };
const minutesRange = { start: start + 1200, end: start + 1500 };

async function read(reader, range) {
  const { batches } = await collect(reader, { timeline, fields: [field], range }, { maxRows: 1e6 });
  return batches.map((batch) => batch.columns.get(field).v);
}

const { quick } = suiteOptions();
const path = made('hour.g3', 1);
const megabytes = statSync(path).size / 1e6;
const so3g = lineWorker(await peerProgram('python'), [join(root, 'bench/lib/g3-peer.py'), path, field, String(start)]);
const indexer = lineWorker(process.execPath, [join(root, 'bench/lib/g3-index.mjs')]);
const peerName = 'so3g';

await indexer.ask(path);
const { rssMb } = await indexer.ask(path);
const perSecond = ({ ms }) => megabytes / (ms / 1000);
const indexed = await measureRounds({
  ours: async () => perSecond(await indexer.ask(path)),
  so3g: async () => perSecond(await so3g.ask('scan')),
});
const what = `index a file of ${Math.round(megabytes)} MB, CRC checked`;
report({ what, goal: '8x', ...comparedRounds(indexed, 'ours', 'so3g', { unit: 'MB/s' }) });
report({ what: 'memory while indexing 40 MB', unit: 'MB', ours: rssMb, goal: '<= 150' });
if (!quick) {
  const large = await indexer.ask(made('eight-hours.g3', 8));
  report({ what: 'memory while indexing 320 MB', unit: 'MB', ours: large.rssMb, goal: '<= 150' });
}
await indexer.stop();

const { store, close, clock } = await openStore(path);
const options = { store, clock, ...parts, cacheBytes: 0 };
const files = new FrameFiles({});
const reader = new G3Reader({ ...options, files });
const cached = new G3Reader({ ...options, cacheBytes: 64e6, files });

async function anew(range) {
  const fresh = new FrameFiles({});
  const own = new G3Reader({ ...options, files: fresh });
  await read(own, range);
  await own.close();
  await fresh.close();
}

/** Milliseconds of one of so many: for what is over before a clock could tell. */
async function timed(times, work) {
  const before = performance.now();
  for (let i = 0; i < times; i++) await work();
  return (performance.now() - before) / times;
}

for (const [text, range, word, times] of [
  ['the whole hour', hourRange, 'hour', 5],
  ['5 minutes', minutesRange, 'minutes', 20],
]) {
  const values = (await read(reader, range)).flatMap((v) => [...v]);
  const total = values.reduce((a, b) => a + b, 0);
  const theirs = await so3g.ask(word);
  if (values.length !== theirs.count || Math.abs(total - theirs.sum) > 1e-6 * Math.abs(total)) {
    throw new Error(`ours and so3g disagree: ${values.length} samples, ${theirs.count} of so3g`);
  }
  await read(cached, range);
  const results = await measureRounds({
    'file open': () => timed(times, () => read(reader, range)),
    'reader and file anew': () => timed(times, () => anew(range)),
    'samples in memory': () => timed(times, () => read(cached, range)),
    so3g: async () => (await so3g.ask(word)).ms,
  });
  for (const way of ['file open', 'reader and file anew', 'samples in memory']) {
    const figure = comparedRounds(results, way, peerName, { unit: 'ms', lowerIsBetter: true });
    report({ what: `read 1 field, ${text}: ${way}`, goal: '10x', ...figure });
  }
}
await so3g.stop();
await cached.close();
await reader.close();
await files.close();
await close();
