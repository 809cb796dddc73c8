// The embedded stack in one process, as `npm start` starts it: time to the first point, memory idle and under queries,
// latency of /query the whole way (HTTP, bridge, WAMP, node and back). Then the stack over the files of the suite `serve`,
// under its panels with eight clients at once. Options: --quick
import { setTimeout as sleep } from 'node:timers/promises';
import { suiteOptions } from './lib/arguments.mjs';
import { httpClient } from './lib/http-client.mjs';
import { dataTree, ourQuery, panels } from './lib/panels.mjs';
import { startSisock, until } from './lib/processes.mjs';
import { digest, panelQuery } from './lib/sisock-queries.mjs';
import { percentile, report } from './lib/table.mjs';

const { quick } = suiteOptions();
const idleSeconds = quick ? 3 : 20;
const requests = quick ? 60 : 300;
const clients = 8;
const panelMs = quick ? 400 : 5000;
const buckets = 1000;
const cryostat = 'feeds::observatory.cryostat.feeds.temperatures.';
const compressor = 'feeds::observatory.compressor.feeds.compressor.';
const live = [
  ...['stage_50k', 'stage_4k', 'still', 'mixing_chamber', 'magnet'].map((field) => `${cryostat}${field}`),
  ...['high_pressure', 'low_pressure', 'oil_temperature', 'water_flow'].map((field) => `${compressor}${field}`),
  'feeds::observatory.weather-station.feeds.weather.temperature',
];
const weather = ['radiometer', 'windspeed', 'humidity', 'pressure', 'temperature'].map(
  (f) => `apex_archive::apex_${f}`,
);
const july = { from: Date.UTC(2017, 6, 14) / 1000, to: Date.UTC(2017, 6, 28) / 1000, buckets };
const lastMinutes = () => ({ from: Date.now() / 1000 - 300, to: Date.now() / 1000, buckets });

async function start(env) {
  const stack = startSisock(['up'], { PORT: '0', CROSSBAR_OCS_PORT: '0', ...env });
  const url = await stack.line(/http:\/\/\S+?:\d+(?=\s)/);
  return { stack, url, client: httpClient(url) };
}

async function hasPoints(client, query) {
  const answer = JSON.parse((await client.ask(query)).toString());
  return answer.length > 0 && answer.every(({ datapoints }) => datapoints.length > 0);
}

/** True when an answer of a panel or of raw samples holds some. */
async function isWhole(client, query) {
  try {
    return digest((await client.ask(query)).toString()).samples > 0;
  } catch {
    return false;
  }
}

async function latency(what, client, query) {
  if (!(await hasPoints(client, query()))) throw new Error(`${what}: no points`);
  const times = [];
  for (let i = 0; i < requests + 20; i++) {
    const asked = query();
    const began = performance.now();
    await client.ask(asked);
    if (i >= 20) times.push(performance.now() - began);
  }
  const [ours, oursP99] = [percentile(times, 0.5), percentile(times, 0.99)];
  report({ what: `/query, ${what}`, unit: 'ms', ours, oursP99 });
}

const demo = await start({});
const sinceStart = () => (performance.now() - demo.stack.startedAt) / 1000;
report({ what: 'start to the banner', unit: 's', ours: sinceStart() });
await until(() => hasPoints(demo.client, panelQuery([live[0]], lastMinutes())));
report({ what: 'start to the first point', unit: 's', ours: sinceStart(), goal: '<= 10' });
await sleep(idleSeconds * 1000);
const idle = demo.stack.residentMegabytes();
report({ what: `memory idle, after ${idleSeconds} s`, unit: 'MB', ours: idle, goal: '<= 180' });
await latency('1 live field, 5 min', demo.client, () => panelQuery(live.slice(0, 1), lastMinutes()));
await latency('10 live fields, 5 min', demo.client, () => panelQuery(live, lastMinutes()));
await latency('1 weather field, 14 days', demo.client, () => panelQuery(weather.slice(0, 1), july));
await latency('10 weather targets, 14 days', demo.client, () => panelQuery([...weather, ...weather], july));
report({ what: 'memory under these queries', unit: 'MB', ours: demo.stack.peakMegabytes(), goal: '<= 400' });
await demo.stack.stop();

const archive = await start({ DATA_DIRECTORY: dataTree() });
for (const node of ['g3_reader', 'ocs']) {
  // The scan goes on beside the first answers.
  for (const panel of panels) await until(() => isWhole(archive.client, ourQuery(node, panel)));
  for (const panel of panels) {
    const query = ourQuery(node, panel);
    const own = Array.from({ length: clients }, () => httpClient(archive.url));
    const end = performance.now() + panelMs;
    await Promise.all(
      own.map(async (client) => {
        do await client.ask(query);
        while (performance.now() < end);
        client.close();
      }),
    );
    const [ours, what] = [archive.stack.peakMegabytes(), `memory under 8 clients, ${node} up to ${panel.name}`];
    report({ what, unit: 'MB', ours, goal: '<= 400' });
  }
}
await sleep(idleSeconds * 1000);
report({ what: `memory ${idleSeconds} s later`, unit: 'MB', ours: archive.stack.residentMegabytes() });
await archive.stack.stop();
process.exit(0);
