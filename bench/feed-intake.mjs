// Intake of live feeds: 1000 fields x 10 Hz, one event a block and sample as unbuffered agents publish them, into buffers
// of several lengths that are full. Beside it, in the same run, the algorithm of the original (it looks through all time
// stamps of a field for each sample), modelled in a few lines of Python. Figures: field updates a second.
// Options: --fields 1000 --rate 10 --buffers 60,600,3600 --seconds 20
import { spawnSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import { FeedReader } from '@sisock/data-feed-server';
import { silentLogger } from '@sisock/runtime';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

const { values } = parseArgs({
  options: {
    fields: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '10' },
    buffers: { type: 'string', default: '60,600,3600' },
    seconds: { type: 'string', default: '20' },
  },
});
const fields = Number(values.fields);
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const buffers = values.buffers.split(',').map(Number);
const rowsAtOnce = 100;
const epoch = 1_700_000_000;

const usedBytes = () => {
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** An event of one agent with rows at the given times, as a serializer delivers it. */
function event(agent, names, times) {
  const data = Object.fromEntries(names.map((name, k) => [name, times.map((t) => Math.sin(t + k))]));
  const address = `observatory.agent${agent}.feeds.temps`;
  const info = { agent_address: `observatory.agent${agent}`, feed_name: 'temps', address, record: true, session_id: '1' };
  return [[{ temps: { block_name: 'temps', data, timestamps: times, influxdb_tags: null } }, info]];
}

function ours(bufferSec, allFields, fieldsOfBlock) {
  let now = epoch;
  const before = usedBytes();
  const clock = () => now;
  const reader = new FeedReader({ naming: 'full', clock, log: silentLogger(), store: { bufferSec, maxBytes: 4e9 } });
  const agents = Math.ceil(allFields / fieldsOfBlock);
  const names = Array.from({ length: fieldsOfBlock }, (_, k) => `Channel_${k}`);
  let row = 0;
  for (; row < bufferSec * rate; row += rowsAtOnce) {
    const times = Array.from({ length: rowsAtOnce }, (_, i) => epoch + (row + i) / rate);
    now = times.at(-1);
    for (let agent = 0; agent < agents; agent++) reader.accept(event(agent, names, times));
  }
  let took = 0;
  for (const end = row + seconds * rate; row < end; row++) {
    const events = Array.from({ length: agents }, (_, agent) => event(agent, names, [epoch + row / rate]));
    now = epoch + row / rate;
    const start = performance.now();
    for (const one of events) reader.accept(one);
    took += performance.now() - start;
  }
  const bytes = usedBytes() - before;
  return reader.health().then(({ counters }) => ({
    perSecond: (1000 * seconds * rate * agents * fieldsOfBlock) / took,
    bytesPerSample: bytes / (counters.rows * fieldsOfBlock),
    told: counters.bytes / (counters.rows * fieldsOfBlock),
  }));
}

const original = `
import sys, time
buffer, rate = float(sys.argv[1]), float(sys.argv[2])
stamps = [i / rate for i in range(int(buffer * rate))]
values = [0.0] * len(stamps)
updates, start = 0, time.perf_counter()
while time.perf_counter() - start < 1.5 or updates < 3:
    now = (len(stamps) + updates) / rate
    stamps.append(now)
    values.append(1.0)
    old = [i for i, t in enumerate(stamps) if t < now - buffer]
    for i in reversed(old):
        del stamps[i], values[i]
    updates += 1
print(updates / (time.perf_counter() - start))
`;

function peer(bufferSec) {
  const { stdout, status } = spawnSync('python3', ['-c', original, String(bufferSec), String(rate)], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : NaN;
}

const show = (x) => (Number.isFinite(x) ? Math.round(x).toLocaleString('en') : 'no python3');
console.log(`feed intake, ${fields} fields x ${rate} Hz, one sample an event (field updates/s; ${seconds * rate} rounds)`);
for (const bufferSec of buffers) {
  const [block, single] = [await ours(bufferSec, fields, 10), await ours(bufferSec, Math.min(fields, 100), 1)];
  const other = peer(bufferSec);
  console.log(
    [
      `buffer ${String(bufferSec).padStart(5)} s`,
      `10 fields a block ${show(block.perSecond)}/s at ${block.bytesPerSample.toFixed(1)} B a sample`,
      `1 field a block ${show(single.perSecond)}/s at ${single.bytesPerSample.toFixed(1)} B (own count ${single.told.toFixed(1)} B)`,
      `original's algorithm ${show(other)}/s`,
      `ratio ${show(block.perSecond / other)}x, ${show(single.perSecond / other)}x`,
    ].join(' | '),
  );
}
