// The embedded stack as `npm start` starts it: time to the first point, memory idle and under queries, latency of /query
// the whole way (HTTP, bridge, WAMP, node and back). The first start is one with an empty data directory.
import { setTimeout as sleep } from 'node:timers/promises';
import { startSisock, until } from './lib/processes.mjs';
import { percentile, report } from './lib/table.mjs';

const idleSeconds = 20;
const requests = 300;
const feed = 'feeds::observatory.cryostat.feeds.temperatures.';
const live = [
  ...['stage_50k', 'stage_4k', 'still', 'mixing_chamber', 'magnet'].map((f) => `${feed}${f}`),
  ...['high_pressure', 'low_pressure', 'oil_temperature', 'water_flow'].map(
    (f) => `feeds::observatory.compressor.feeds.compressor.${f}`,
  ),
  'feeds::observatory.weather-station.feeds.weather.temperature',
];
const weather = ['radiometer', 'windspeed', 'humidity', 'pressure', 'temperature'].map(
  (f) => `apex_archive::apex_${f}`,
);
const july = { from: '2017-07-14T00:00:00Z', to: '2017-07-28T00:00:00Z' };
const lastMinutes = () => ({
  from: new Date(Date.now() - 300_000).toISOString(),
  to: new Date(Date.now()).toISOString(),
});

async function query(url, targets, range) {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ range, maxDataPoints: 1000, targets: targets.map((target) => ({ target, refId: target })) }),
  });
  return response.json();
}

async function latency(what, url, targets, range) {
  const times = [];
  for (let i = 0; i < requests + 20; i++) {
    const began = performance.now();
    const answer = await query(url, targets, range());
    if (answer.some((series) => series.datapoints.length === 0)) throw new Error(`${what}: no points`);
    if (i >= 20) times.push(performance.now() - began);
  }
  report({ what: `/query, ${what}, p50`, unit: 'ms', ours: percentile(times, 0.5) });
  report({ what: `/query, ${what}, p95`, unit: 'ms', ours: percentile(times, 0.95) });
}

const stack = startSisock(['up'], { PORT: '0', CROSSBAR_OCS_PORT: '0' });
try {
  const url = await stack.line(/http:\/\/\S+?:\d+(?=\s)/);
  report({ what: 'start to the banner', unit: 's', ours: (performance.now() - stack.startedAt) / 1000 });
  await until(async () => (await query(url, [live[0]], lastMinutes()))[0]?.datapoints.length > 0, 20_000);
  report({
    what: 'start to the first point',
    unit: 's',
    goal: '< 10',
    ours: (performance.now() - stack.startedAt) / 1000,
  });
  await sleep(idleSeconds * 1000);
  report({ what: `memory idle, after ${idleSeconds} s`, unit: 'MB', goal: '< 180', ours: stack.residentMegabytes() });
  await latency('1 live field, 5 min', url, live.slice(0, 1), lastMinutes);
  await latency('10 live fields, 5 min', url, live, lastMinutes);
  await latency('1 weather field, 14 days', url, weather.slice(0, 1), () => july);
  await latency('10 weather targets, 14 days', url, [...weather, ...weather], () => july);
  report({ what: 'memory under these queries', unit: 'MB', goal: '< 400', ours: stack.residentMegabytes() });
} finally {
  await stack.stop();
}
process.exit(0);
