// Intake of live feeds: 1000 fields x 10 Hz into buffers of several lengths that are full, as agents publish them: blocks
// of several fields or of one, samples one by one or gathered. Beside it, in the same run, the algorithm of the original
// (it looks through all time stamps of a field for what is new of it), modelled in a few lines of Python; for gathered
// samples it looks once a message. Decoded events in, no network.
// --log none|interval|each keeps the samples in a feed log as well (then the replay of it is measured too).
// Options: --fields 1000 --rate 10 --buffers 60,600,3600 --seconds 20 --log off
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FeedLog, FeedReader } from '@sisock/data-feed-server';
import { silentLogger } from '@sisock/runtime';
import { channels, eventOf, shapes, topicOf } from './lib/feed-events.mjs';
import { report } from './lib/table.mjs';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

const { values } = parseArgs({
  options: {
    fields: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '10' },
    buffers: { type: 'string', default: '60,600,3600' },
    seconds: { type: 'string', default: '20' },
    log: { type: 'string', default: 'off' },
  },
});
const fields = Number(values.fields);
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const buffers = values.buffers.split(',').map(Number);
const rowsAtOnce = 100;
const epoch = 1_700_000_000;

async function usedBytes() {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A reader, with a log where one is asked for. Both have a turn after each second of samples, as they would live. */
async function createReader(bufferSec, directory, clock) {
  const common = { naming: 'full', clock, log: silentLogger() };
  const options = { directory, durability: values.log, syncIntervalSec: 1, maxBytes: 8e9, bufferSec, ...common };
  const feedLog = values.log === 'off' ? undefined : new FeedLog({ ...options, monotonic: clock });
  const reader = new FeedReader({ ...common, store: { bufferSec, maxBytes: 4e9 }, rowLog: feedLog });
  const report = await feedLog?.replay((rows, lastSeen) => reader.restore(rows, lastSeen));
  return { reader, feedLog, report };
}

async function intake(bufferSec, { fieldsOfBlock, samplesAtOnce }) {
  let now = epoch;
  const directory = mkdtempSync(join(tmpdir(), 'sisock-bench-feed-log-'));
  try {
    const { reader, feedLog } = await createReader(bufferSec, directory, () => now);
    const taken = await fill(reader, feedLog, bufferSec, { fieldsOfBlock, samplesAtOnce }, (time) => (now = time));
    if (!feedLog) return taken;
    await feedLog.close();
    const again = await createReader(bufferSec, directory, () => now);
    await again.feedLog.compacted();
    await again.feedLog.close();
    const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    const third = await createReader(bufferSec, directory, () => now);
    await third.feedLog.close();
    const { rows, seconds: took } = third.report;
    const samples = rows * fieldsOfBlock;
    return { ...taken, logBytes: bytes / samples, replayed: samples / took };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fill(reader, feedLog, bufferSec, { fieldsOfBlock, samplesAtOnce }, setNow) {
  const agents = Math.ceil(fields / fieldsOfBlock);
  const names = channels(fieldsOfBlock);
  const timesOf = (row, n) => Array.from({ length: n }, (_, i) => epoch + (row + i) / rate);
  const before = await usedBytes();
  let row = 0;
  for (; row < bufferSec * rate; row += rowsAtOnce) {
    const times = timesOf(row, rowsAtOnce);
    setNow(times.at(-1));
    for (let agent = 0; agent < agents; agent++) reader.accept(eventOf(agent, names, times), topicOf(agent));
    if (feedLog) await new Promise((resolve) => setImmediate(resolve));
  }
  await feedLog?.compacted();
  let took = 0;
  for (const end = row + seconds * rate; row < end; row += samplesAtOnce) {
    const times = timesOf(row, samplesAtOnce);
    const events = Array.from({ length: agents }, (_, agent) => [eventOf(agent, names, times), topicOf(agent)]);
    setNow(times.at(-1));
    const began = performance.now();
    for (const [event, topic] of events) reader.accept(event, topic);
    if (feedLog) await feedLog.settled();
    took += performance.now() - began;
  }
  const bytes = (await usedBytes()) - before;
  const { rows } = (await reader.health()).counters;
  const perSecond = (1000 * seconds * rate * agents * fieldsOfBlock) / took;
  return { perSecond, bytesPerSample: bytes / (rows * fieldsOfBlock) };
}

const original = `
import sys, time
buffer, rate, at_once = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
stamps = [i / rate for i in range(int(buffer * rate))]
values = [0.0] * len(stamps)
updates, start = 0, time.perf_counter()
while time.perf_counter() - start < 1.5 or updates < 3:
    for _ in range(at_once):
        now = stamps[-1] + 1 / rate
        stamps.append(now)
        values.append(1.0)
    old = [i for i, t in enumerate(stamps) if t < now - buffer]
    for i in reversed(old):
        del stamps[i], values[i]
    updates += 1
print(updates * at_once / (time.perf_counter() - start))
`;

function originalPerSecond(bufferSec, { samplesAtOnce }) {
  const args = ['-c', original, ...[bufferSec, rate, samplesAtOnce].map(String)];
  const { stdout, status } = spawnSync('python3', args, { encoding: 'utf8' });
  return status === 0 ? { peer: Number(stdout), peerName: "original's algorithm" } : {};
}

for (const bufferSec of buffers) {
  for (const shape of shapes) {
    const { perSecond, bytesPerSample, logBytes, replayed } = await intake(bufferSec, shape);
    const what = `feed intake, ${fields} fields x ${rate} Hz, ${shape.name}, ${bufferSec} s of buffer`;
    const peer = originalPerSecond(bufferSec, shape);
    report({ what, unit: 'samples/s', ours: perSecond, ...peer, goal: '100x, flat' });
    report({ what: `${what}: memory`, unit: 'B/sample', ours: bytesPerSample, goal: '20', lowerIsBetter: true });
    if (logBytes === undefined) continue;
    report({ what: `${what}: log`, unit: 'B/sample', ours: logBytes, goal: '3', lowerIsBetter: true });
    report({ what: `${what}: replay`, unit: 'samples/s', ours: replayed });
  }
}
