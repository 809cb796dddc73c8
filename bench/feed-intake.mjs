// Intake of live feeds at 10 Hz into buffers that are full, as agents publish them: blocks of several fields or of one,
// samples one by one or gathered. 1000 fields with an hour, 10 with an hour, a day and a week (a week of a thousand fields
// is 6e9 samples): the rate of samples must be the same for all of them. Beside it, in turn, the algorithm of the original
// (it looks through all time stamps of a field for what is old of it), modelled in a few lines of Python; for gathered
// samples it looks once a message. Decoded events in, no network.
// --log none|interval|each keeps the samples in a feed log as well (then the replay of it is measured too).
// Options: --buffers 1000x3600,10x3600,10x86400,10x604800 (fields x seconds) --log off, --quick (100x3600,10x3600,10x86400)
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FeedLog, FeedReader } from '@sisock/data-feed-server';
import { silentLogger } from '@sisock/runtime';
import { suiteOptions } from './lib/arguments.mjs';
import { channels, eventOf, shapes, topicOf } from './lib/feed-events.mjs';
import { lineWorker } from './lib/line-worker.mjs';
import { comparedRounds, measureRounds } from './lib/measure.mjs';
import { dropDirectory, ownDirectory } from './lib/processes.mjs';
import { percentile, report } from './lib/table.mjs';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

const {
  quick,
  log,
  buffers: given,
} = suiteOptions({
  buffers: { type: 'string' },
  log: { type: 'string', default: 'off' },
});
const standard = quick ? '100x3600,10x3600,10x86400' : '1000x3600,10x3600,10x86400,10x604800';
const buffers = (given ?? standard).split(',').map((text) => text.split('x').map(Number));
const rate = 10;
const roundMs = quick ? 60 : 500;
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
  const options = { directory, durability: log, syncIntervalSec: 1, maxBytes: 8e9, bufferSec, ...common };
  const feedLog = log === 'off' ? undefined : new FeedLog({ ...options, monotonic: clock });
  const reader = new FeedReader({ ...common, store: { bufferSec, maxBytes: 4e9 }, rowLog: feedLog });
  const report = await feedLog?.replay((rows, lastSeen) => reader.restore(rows, lastSeen));
  return { reader, feedLog, report };
}

async function intake(fields, bufferSec, shape, beside, shorter) {
  const directory = ownDirectory('feed-log');
  const { feedLog, ours, bytesPerSample, clock } = await fullBuffer(fields, bufferSec, shape, directory);
  const taken = { results: await measureRounds({ ours, ...beside }), bytesPerSample };
  if (shorter !== undefined) {
    const other = await fullBuffer(fields, shorter, shape, ownDirectory('feed-log'));
    taken.flat = await measureRounds({ ours, shorter: other.ours });
    await other.feedLog?.close();
  }
  if (feedLog) {
    await feedLog.close();
    const again = await createReader(bufferSec, directory, clock);
    await again.feedLog.compacted();
    await again.feedLog.close();
    const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    const third = await createReader(bufferSec, directory, clock);
    await third.feedLog.close();
    const { rows, seconds } = third.report;
    const samples = rows * shape.fieldsOfBlock;
    Object.assign(taken, { logBytes: bytes / samples, replayed: samples / seconds });
  }
  dropDirectory(directory);
  return taken;
}

/** A buffer that is full, with `ours`: how many samples a second it takes. */
async function fullBuffer(fields, bufferSec, { fieldsOfBlock, samplesAtOnce }, directory) {
  let now = epoch;
  const clock = () => now;
  const { reader, feedLog } = await createReader(bufferSec, directory, clock);
  const agents = Math.ceil(fields / fieldsOfBlock);
  const names = channels(fieldsOfBlock);
  const timesOf = (row, n) => Array.from({ length: n }, (_, i) => epoch + (row + i) / rate);
  const before = await usedBytes();
  let row = 0;
  for (; row < bufferSec * rate; row += rowsAtOnce) {
    const times = timesOf(row, rowsAtOnce);
    now = times.at(-1);
    for (let agent = 0; agent < agents; agent++) reader.accept(eventOf(agent, names, times), topicOf(agent));
    if (feedLog) await new Promise((resolve) => setImmediate(resolve));
  }
  await feedLog?.compacted();
  const bytes = (await usedBytes()) - before;
  const { rows } = (await reader.health()).counters;
  /** Samples a second, of events that are made before the clock is started. */
  const ours = async () => {
    let took = 0;
    let samples = 0;
    while (took < roundMs) {
      const times = timesOf(row, samplesAtOnce);
      row += samplesAtOnce;
      const events = Array.from({ length: agents }, (_, agent) => [eventOf(agent, names, times), topicOf(agent)]);
      now = times.at(-1);
      const began = performance.now();
      for (const [event, topic] of events) reader.accept(event, topic);
      if (feedLog) await feedLog.settled();
      took += performance.now() - began;
      samples += agents * fieldsOfBlock * samplesAtOnce;
    }
    return (1000 * samples) / took;
  };
  return { feedLog, ours, bytesPerSample: bytes / (rows * fieldsOfBlock), clock };
}

/** Answers each line with samples a second. Its buffer is full from the start. */
const original = `
import json, sys, time
buffer, rate, at_once, patience = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
stamps = [i / rate for i in range(int(buffer * rate))]
values = [0.0] * len(stamps)
for _ in sys.stdin:
    updates, start = 0, time.perf_counter()
    while time.perf_counter() - start < patience:
        for _ in range(at_once):
            now = stamps[-1] + 1 / rate
            stamps.append(now)
            values.append(1.0)
        old = [i for i, t in enumerate(stamps) if t < now - buffer]
        for i in reversed(old):
            del stamps[i], values[i]
        updates += 1
    print(json.dumps(updates * at_once / (time.perf_counter() - start)), flush=True)
`;

const peerName = "original's algorithm";
for (const [fields, bufferSec] of buffers) {
  // Flat: the longest buffer beside the shortest one of as many fields.
  const lengths = buffers.filter(([n]) => n === fields).map(([, seconds]) => seconds);
  const isLongest = lengths.length > 1 && bufferSec === Math.max(...lengths);
  const shorter = isLongest ? Math.min(...lengths) : undefined;
  for (const shape of quick ? shapes.slice(0, 2) : shapes) {
    const args = [bufferSec, rate, shape.samplesAtOnce, roundMs / 1000].map(String);
    const peer = lineWorker('python3', ['-c', original, ...args]);
    const beside = { [peerName]: () => peer.ask('') };
    const taken = await intake(fields, bufferSec, shape, beside, shorter);
    const { results, flat, bytesPerSample, logBytes, replayed } = taken;
    await peer.stop();
    const what = `feed intake, ${fields} fields x ${rate} Hz, ${shape.name}, ${hours(bufferSec)} of buffer`;
    report({ what, goal: '100x', ...comparedRounds(results, 'ours', peerName, { unit: 'samples/s' }) });
    report({ what: `${what}: memory`, unit: 'B/sample', ours: bytesPerSample, goal: '<= 20' });
    if (flat !== undefined) {
      const what = `feed intake, ${shape.name}: ${hours(bufferSec)} of buffer beside ${hours(shorter)}, in turn`;
      const { ratios } = comparedRounds(flat, 'ours', 'shorter', { unit: 'samples/s' });
      report({ what, unit: 'of its rate', ours: percentile(ratios, 0.5), goal: '>= 0.7' });
    }
    if (logBytes === undefined) continue;
    report({ what: `${what}: log`, unit: 'B/sample', ours: logBytes, goal: '<= 3' });
    report({ what: `${what}: replay`, unit: 'samples/s', ours: replayed });
  }
}

function hours(seconds) {
  return `${seconds / 3600} h`;
}
