// The original sisock's own queries, over fourteen days of APEX weather: its hub, weather node and bridge (Python) beside
// ours, in turn, all of them over wss on the same Crossbar, each in a realm of its own. SISOCK_ORIGINAL names a directory
// with its repository; without it the peer are the figures of original-figures.json, which were measured in this way.
// The original answers with every sample, whatever a panel asks; ours is asked for a panel of 1000 pixels, and for all.
// Options: --quick, --capture (writes original-figures.json)
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteOptions } from './lib/arguments.mjs';
import { httpClient } from './lib/http-client.mjs';
import { startLab } from './lib/lab.mjs';
import { machineFacts } from './lib/machine.mjs';
import { compared, measureQueries } from './lib/measure.mjs';
import { originalUsers, startOriginal } from './lib/original-site.mjs';
import { startCrossbar } from './lib/routers.mjs';
import { report } from './lib/table.mjs';

const { quick, capture } = suiteOptions({ capture: { type: 'boolean' } });
const budget = quick ? { budgetMs: 40, slowMs: 100 } : { budgetMs: 600 };
const weather = join(import.meta.dirname, '../test/fixtures/apex-weather');
const capturedPath = join(import.meta.dirname, 'original-figures.json');
const directory = process.env.SISOCK_ORIGINAL || undefined;
const node = 'apex_archive';
const fields = ['radiometer', 'windspeed', 'humidity', 'pressure', 'temperature'].map((one) => `apex_${one}`);
const samples = [20_166, 20_167, 349, 349, 349];
const queries = [
  { name: '1 minutely field', targets: fields.slice(0, 1), samples: samples.slice(0, 1), goal: '10x' },
  { name: '1 hourly field', targets: fields.slice(2, 3), samples: samples.slice(2, 3) },
  { name: '5 fields', targets: fields, samples },
  { name: '10 targets', targets: [...fields, ...fields], samples: [...samples, ...samples], goal: '10x' },
];

function queryOf({ targets }, maxDataPoints) {
  const range = { from: '2017-07-14T00:00:00.000Z', to: '2017-07-28T00:00:00.000Z' };
  const asked = targets.map((field, i) => ({ target: `${node}::${field}`, refId: `R${i}`, type: 'timeserie' }));
  return { path: '/query', body: { range, interval: '20m', intervalMs: 1_200_000, maxDataPoints, targets: asked } };
}

/** Points of each series of an answer. */
async function pointsOf(url, query) {
  const client = httpClient(url);
  const answer = JSON.parse((await client.ask(query)).toString());
  client.close();
  return answer.map(({ datapoints }) => datapoints.length);
}

const ownRealm = 'sisock_realm';
function adapt(config) {
  const [{ realms, transports }] = config.workers;
  realms.push({ ...realms[0], name: ownRealm });
  if (directory === undefined) return config;
  for (const { paths } of transports) Object.assign(paths.ws.auth.wampcra.users, originalUsers(directory));
  return config;
}

const crossbar = await startCrossbar({ tls: true, adapt });
const secret = readFileSync(join(crossbar.cbdir, 'secrets/server'), 'utf8').trim();
const lab = await startLab(
  crossbar,
  { [node]: { words: ['node', 'weather'], env: { WEATHER_DIRECTORY: weather } } },
  { WAMP_REALM: ownRealm },
);
const original = directory && (await startOriginal({ directory, crossbar, secret, weather }));
const captured = original ? null : JSON.parse(readFileSync(capturedPath, 'utf8'));
const ways = { 'panel of 1000 px': 1000, 'all samples': 20_000 };
const kept = {};
for (const query of queries) {
  const contestants = {};
  for (const [way, maxDataPoints] of Object.entries(ways)) {
    contestants[way] = { url: lab.url, query: queryOf(query, maxDataPoints) };
  }
  if (original) contestants.original = { url: original.url, query: queryOf(query, 1000) };
  await check(query, contestants);
  const results = await measureQueries(contestants, budget);
  for (const way of Object.keys(ways)) {
    const figure = original
      ? { ...compared(results, way, 'original'), peerName: 'original sisock' }
      : { ...compared(results, way), ...captured.figures[query.name], peerName: `original sisock, ${captured.when}` };
    const goal = query.goal && way === 'panel of 1000 px' ? { goal: query.goal } : {};
    report({ what: `${query.name}, 14 days, ${way}`, ...goal, ...figure });
  }
  if (!original) continue;
  const { ours: peer, oursP99: peerP99, oursPerSecond: peerPerSecond, oursBytes: peerBytes } = compared(results, 'original'); // prettier-ignore
  kept[query.name] = { peer, peerP99, peerPerSecond, peerBytes };
}
if (capture && original) {
  const when = `captured ${new Date().toISOString().slice(0, 10)}`;
  writeFileSync(capturedPath, `${JSON.stringify({ when, machine: machineFacts(), figures: kept }, null, 2)}\n`);
}
await Promise.all([lab.stop(), original?.stop?.()]);
await crossbar.stop();
process.exit(0);

/**
 * Both give all samples: ours also the one before and the one behind the range, so that lines reach its edges. The original
 * counts times from the present, anew in each part, so that a call that takes its time moves the range by a sample.
 */
async function check(query, { original: theirs, ...ours }) {
  const expect = (points, least, most) => {
    const differ = points.some((n, i) => n < query.samples[i] + least || n > query.samples[i] + most);
    if (!differ && points.length === query.samples.length) return;
    throw new Error(`${query.name}: ${points} points, in the files are ${query.samples}`);
  };
  expect(await pointsOf(lab.url, ours['all samples'].query), 0, 2);
  if (theirs) expect(await pointsOf(theirs.url, theirs.query), -1, 1);
}
