// The embedded router beside Crossbar, in turn: calls and events a second. Each router is a process of its own.
// Options: --quick
import { suiteOptions } from './lib/arguments.mjs';
import { comparedRounds, measureRounds } from './lib/measure.mjs';
import { startEmbedded, startOpenCrossbar } from './lib/routers.mjs';
import { report } from './lib/table.mjs';
import { join } from './lib/wamp-client.mjs';

const { quick } = suiteOptions();
const seconds = quick ? 0.25 : 2;
const concurrentCalls = 64;
const eventsUnderway = 1000;
const sample = { temps: { block_name: 'temps', data: { channel_01: [4.2] }, timestamps: [1.5e9] } };
const procedure = 'observatory.bench.echo';
const topic = 'observatory.bench.feeds.temperatures';

async function callsPerSecond(url, underway) {
  const callee = await join(url);
  const caller = await join(url);
  await callee.register(procedure, (args) => args);
  let done = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: underway }, async () => {
      while (performance.now() - began < seconds * 1000) {
        await caller.call(procedure, [1]);
        done++;
      }
    }),
  );
  const rate = done / ((performance.now() - began) / 1000);
  await callee.leave();
  await caller.leave();
  return rate;
}

async function eventsPerSecond(url, subscribers) {
  const publisher = await join(url);
  let received = 0;
  let wake = () => undefined;
  const listeners = await Promise.all(Array.from({ length: subscribers }, () => join(url)));
  for (const listener of listeners) {
    await listener.subscribe(topic, () => {
      received++;
      wake();
    });
  }
  let published = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    while (published - received / subscribers < eventsUnderway) {
      publisher.publish(topic, [[sample, {}]]);
      published++;
    }
    await new Promise((resolve) => (wake = resolve));
  }
  while (received < published * subscribers) await new Promise((resolve) => (wake = resolve));
  const rate = published / ((performance.now() - began) / 1000);
  await Promise.all([publisher, ...listeners].map((client) => client.leave()));
  return rate;
}

const measures = [
  ['RPC, one after the other', 'calls/s', '3x', (url) => callsPerSecond(url, 1)],
  [`RPC, ${concurrentCalls} at once`, 'calls/s', '3x', (url) => callsPerSecond(url, concurrentCalls)],
  ['events to 1 subscriber', 'events/s', '5x', (url) => eventsPerSecond(url, 1)],
  ['publications to 10 subscribers', 'events/s', '5x', (url) => eventsPerSecond(url, 10)],
];

const ours = await startEmbedded();
const crossbar = await startOpenCrossbar();
for (const [what, unit, goal, measure] of measures) {
  const results = await measureRounds({ ours: () => measure(ours.url), Crossbar: () => measure(crossbar.url) });
  report({ what, goal, ...comparedRounds(results, 'ours', 'Crossbar', { unit }) });
}
report({ what: 'memory of the router', unit: 'MB', ours: ours.process.residentMegabytes() });
await Promise.all([ours.stop(), crossbar.stop()]);
process.exit(0);
