// The embedded router beside Crossbar in one run: calls and events a second, in a process of its own each.
import { startCrossbar, startSisock } from './lib/processes.mjs';
import { report } from './lib/table.mjs';
import { join } from './lib/wamp-client.mjs';

const seconds = 3;
const concurrentCalls = 64;
const eventsUnderway = 1000;
const sample = { temps: { block_name: 'temps', data: { channel_01: [4.2] }, timestamps: [1.5e9] } };

async function callsPerSecond(url, underway) {
  const callee = await join(url);
  const caller = await join(url);
  await callee.register('observatory.bench.echo', (args) => args);
  let done = 0;
  const end = performance.now() + seconds * 1000;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: underway }, async () => {
      while (performance.now() < end) {
        await caller.call('observatory.bench.echo', [1]);
        done++;
      }
    }),
  );
  const rate = done / ((performance.now() - began) / 1000);
  callee.close();
  caller.close();
  return rate;
}

async function eventsPerSecond(url, subscribers) {
  const publisher = await join(url);
  let received = 0;
  let wake = () => undefined;
  const listeners = await Promise.all(Array.from({ length: subscribers }, () => join(url)));
  for (const listener of listeners) {
    await listener.subscribe('observatory.bench.feeds.temperatures', () => {
      received++;
      wake();
    });
  }
  let published = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    while (published - received / subscribers < eventsUnderway) {
      publisher.publish('observatory.bench.feeds.temperatures', [[sample, {}]]);
      published++;
    }
    await new Promise((resolve) => (wake = resolve));
  }
  while (received < published * subscribers) await new Promise((resolve) => (wake = resolve));
  const rate = published / ((performance.now() - began) / 1000);
  for (const client of [publisher, ...listeners]) client.close();
  return rate;
}

const measures = [
  ['RPC, one after the other', 'calls/s', '3x', (url) => callsPerSecond(url, 1)],
  [`RPC, ${concurrentCalls} at once`, 'calls/s', '3x', (url) => callsPerSecond(url, concurrentCalls)],
  ['events to 1 subscriber', 'events/s', '5x', (url) => eventsPerSecond(url, 1)],
  ['publications to 10 subscribers', 'events/s', '5x', (url) => eventsPerSecond(url, 10)],
];

const ours = startSisock(['router'], { CROSSBAR_OCS_PORT: '0' });
const crossbar = await startCrossbar();
try {
  const url = await ours.line(/ws:\/\/\S+\/ws/);
  for (const [what, unit, goal, measure] of measures) {
    const peer = await measure(crossbar.url);
    report({ what, unit, goal, ours: await measure(url), peer, peerName: 'Crossbar' });
  }
  report({ what: 'memory of the router', unit: 'MB', ours: ours.residentMegabytes() });
} finally {
  await Promise.all([ours.stop(), crossbar.stop()]);
}
process.exit(0);
