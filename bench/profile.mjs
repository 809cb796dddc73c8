// Where the time goes: the parts of a site as processes under `node --cpu-prof`, asked one panel of the suite `serve` again
// and again by eight clients. Prints the functions that cost most of each part, by their own time.
// `node bench/profile.mjs q10 --node g3_reader --seconds 5 --router crossbar --clients 1 --keep DIR`; with --plain nothing is
// profiled, and what is told is the processor time of an answer as it is.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { series, values } from './lib/dataset.mjs';
import { httpClient } from './lib/http-client.mjs';
import { startLab } from './lib/lab.mjs';
import { dataTree, feedShift, ourQuery, panels } from './lib/panels.mjs';
import { cpuSeconds, ownDirectory, startSisock } from './lib/processes.mjs';
import { publishSeries } from './lib/publish-series.mjs';
import { startCrossbar, startEmbedded } from './lib/routers.mjs';
import { short } from './lib/table.mjs';

const { values: options, positionals } = parseArgs({
  options: {
    node: { type: 'string', default: 'g3_reader' },
    seconds: { type: 'string', default: '5' },
    router: { type: 'string', default: 'embedded' },
    clients: { type: 'string', default: '8' },
    lines: { type: 'string', default: '12' },
    keep: { type: 'string' },
    plain: { type: 'boolean' },
  },
  allowPositionals: true,
});
const panel = panels.find(({ name }) => name === (positionals[0] ?? 'q10'));
if (!panel) throw new Error(`there is no panel ${positionals[0]}: ${panels.map(({ name }) => name).join(', ')}`);
const directory = options.keep ?? ownDirectory('profile');
mkdirSync(directory, { recursive: true });

/** Each part writes into a directory of its own what it did from its start to its end. */
const profiled = (name) => ({
  nodeArguments: options.plain
    ? []
    : ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${join(directory, name)}`],
});
const router = options.router === 'crossbar' ? await startCrossbar() : await startEmbedded(profiled('router'));
const scan = startSisock(['g3-file-scanner', '--once'], { ...router.env, DATA_DIRECTORY: dataTree() });
if ((await scan.ended) !== 0) throw new Error(scan.output());
const nodes = {
  g3_reader: { words: ['node', 'g3-reader'], env: {} },
  g3_cold: {
    words: ['node', 'g3-reader'],
    env: { NAME: 'g3_cold', CACHE_BYTES: '0', INDEX_CACHE_BYTES: '0', BLOCK_CACHE_BYTES: '1' },
  },
  ocs: { words: ['node', 'joined'], env: {} },
  feeds: {
    words: ['node', 'data-feed'],
    env: { FEED_PATTERN: 'observatory..feeds.', BUFFER_TIME: String(40 * 86_400), FEED_LOG: 'off' },
  },
};
const wanted = options.node === 'ocs' ? ['g3_reader', 'ocs'] : [options.node];
const lab = await startLab(
  router,
  Object.fromEntries(wanted.map((name) => [name, { ...nodes[name], env: { ...nodes[name].env, ...profiled(name) } }])),
  {},
  { http: profiled('http') },
);
if (options.node === 'feeds') await publishSeries(router.url, series, values, feedShift);

const query = ourQuery(options.node, panel);
const clients = Array.from({ length: Number(options.clients) }, () => httpClient(lab.url));
await Promise.all(clients.map((client) => client.ask(query)));
const parts = [['http', lab.parts.get('http')], ['router', router.process], ...wanted.map((name) => [name, lab.parts.get(name)])]; // prettier-ignore
const before = parts.map(([, part]) => cpuSeconds(part.pid));
const began = performance.now();
const beganAt = microseconds();
let answers = 0;
await Promise.all(
  clients.map(async (client) => {
    while (performance.now() - began < 1000 * Number(options.seconds)) {
      await client.ask(query);
      answers++;
    }
  }),
);
const seconds = (performance.now() - began) / 1000;
const endedAt = microseconds();
console.log(`${panel.name} of ${options.node}, ${options.router} router: ${short(answers / seconds)} answers/s`);
parts.forEach(([name, part], i) => {
  console.log(`  ${name}: ${short((1000 * (cpuSeconds(part.pid) - before[i])) / answers)} ms of CPU an answer`);
});
for (const client of clients) client.close();
await lab.stop();
await router.stop();
for (const name of readdirSync(directory)) printProfile(name);
process.exit(0);

/** On the clock that profiles are told by. */
function microseconds() {
  return Number(process.hrtime.bigint() / 1000n);
}

function printProfile(name) {
  const [file] = readdirSync(join(directory, name));
  const {
    nodes: calls,
    samples,
    timeDeltas,
    startTime,
  } = JSON.parse(readFileSync(join(directory, name, file), 'utf8'));
  const byId = new Map(calls.map((call) => [call.id, call]));
  const own = new Map();
  let busy = 0;
  let at = startTime;
  samples.forEach((id, i) => {
    at += timeDeltas[i];
    if (at < beganAt || at > endedAt) return;
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    if (['(idle)', '(program)', '(root)'].includes(functionName)) return;
    const place =
      url === '' ? '' : ` ${url.replace(/^.*(packages|node_modules)\//, '').replace('/dist/', '/')}:${lineNumber + 1}`;
    const key = `${functionName || '(anonymous)'}${place}`;
    own.set(key, (own.get(key) ?? 0) + timeDeltas[i] / 1000);
    busy += timeDeltas[i] / 1000;
  });
  console.log(`\n${name}: ${short(busy)} ms in JavaScript and its built-ins`);
  const most = [...own].sort(([, a], [, b]) => b - a).slice(0, Number(options.lines));
  for (const [key, ms] of most) console.log(`${((100 * ms) / busy).toFixed(1).padStart(6)} %  ${key}`);
}
