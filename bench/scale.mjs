// How the cost grows: with the time a panel of 1000 pixels spans (1 day to 2 years of hourly g3 files), with the number of
// fields of a site (10 to 10,000), and with the clients that open a dashboard of 20 panels (1 to 64). Figures at the ends of
// each curve, and the curves in results/*.svg. Options: --curves span,fields,clients, --quick (90
// days, 1000 fields, 16 clients; no SVG)
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteOptions } from './lib/arguments.mjs';
import { day, end, series, slowRate, values, version, yearsSeries } from './lib/dataset.mjs';
import { feedAddress, makeTree } from './lib/g3-tree.mjs';
import { httpClient } from './lib/http-client.mjs';
import { startLab } from './lib/lab.mjs';
import { dataTree, feedShift } from './lib/panels.mjs';
import { cacheDir } from './lib/peer-store.mjs';
import { startSisock } from './lib/processes.mjs';
import { publishSeries, topicOf } from './lib/publish-series.mjs';
import { peerProgram, startEmbedded } from './lib/routers.mjs';
import { panelQuery } from './lib/sisock-queries.mjs';
import { chart } from './lib/svg.mjs';
import { percentile, report, short } from './lib/table.mjs';

const { quick, curves: asked } = suiteOptions({ curves: { type: 'string', default: 'span,fields,clients' } });
const buckets = 1000;
const times = quick ? 5 : 30;
const curves = [
  { name: 'span', run: spans },
  { name: 'fields', run: fieldCounts },
  { name: 'clients', run: clientCounts },
];
for (const { name, run } of curves.filter((one) => asked.split(',').includes(one.name))) {
  const drawn = await run();
  if (quick) continue;
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.svg`), chart(drawn));
  printTable(drawn);
}
process.exit(0);

/** Milliseconds of so many answers. */
async function timesOf(client, query, count = times) {
  const took = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await client.ask(query);
    took.push(performance.now() - began);
  }
  return took;
}

async function startSite(tree, nodes, env = {}) {
  const router = await startEmbedded();
  const scan = startSisock(['g3-file-scanner', '--once'], { ...router.env, DATA_DIRECTORY: tree });
  if ((await scan.ended) !== 0) throw new Error(scan.output());
  const lab = await startLab(router, nodes, env);
  const stop = async () => {
    await lab.stop();
    await router.stop();
  };
  return { lab, router, stop };
}

async function spans() {
  const days = quick ? 90 : 730;
  const tree = join(cacheDir, `years-v${version}-${days}`);
  const slow = { ...yearsSeries, start: end - days * day, count: days * day * slowRate };
  makeTree(tree, [slow], values, slowRate);
  const g3 = { words: ['node', 'g3-reader'], env: {} };
  const cold = { ...g3, env: { NAME: 'g3_cold', CACHE_BYTES: '0', INDEX_CACHE_BYTES: '0', BLOCK_CACHE_BYTES: '1' } };
  const { lab, stop } = await startSite(tree, { g3_reader: g3, g3_cold: cold }, { HTTP_DEADLINE: '600' });
  const client = httpClient(lab.url);
  const found = { warm: [], cold: [] };
  for (const span of [1, 7, 30, 90, 182, 365, 730].filter((one) => one <= days)) {
    const range = { from: end - span * day, to: end, buckets };
    const query = (node) => panelQuery([`${node}::${feedAddress('slow')}.channel_01`], range);
    await client.ask(query('g3_reader'));
    const read = await counter(client, 'g3_reader', 'frames_read');
    const warm = percentile(await timesOf(client, query('g3_reader')), 0.5);
    const reads = (await counter(client, 'g3_reader', 'frames_read')) - read;
    await client.ask(query('g3_cold'));
    found.warm.push([span, warm]);
    found.cold.push([span, percentile(await timesOf(client, query('g3_cold'), quick ? 2 : 5), 0.5)]);
    if (span !== days) continue;
    const peer = { peer: await so3gMs(tree), peerName: 'so3g, all files and slicing', lowerIsBetter: true };
    const what = `1 field over ${days} days of hourly g3 files, 1000 px`;
    report({ what: `${what}: warm`, unit: 'ms', ours: warm, ...peer, goal: '<= 50' });
    report({ what: `${what}: warm, frames read of files`, unit: 'frames', ours: reads, goal: '<= 0' });
    report({ what: `${what}: cold`, unit: 'ms', ours: found.cold.at(-1)[1], ...peer });
  }
  const grown = found.warm.at(-1)[1] / found.warm[0][1];
  report({ what: `panel over ${days} days beside one over a day, warm`, unit: 'x its time', ours: grown });
  client.close();
  await stop();
  return {
    title: 'A panel of 1000 px: time of an answer by the span it shows',
    xName: 'days (0.1 Hz, hourly g3 files)',
    yName: 'ms, p50',
    curves: [
      { name: 'cold', points: found.cold },
      { name: 'warm', points: found.warm },
    ],
  };
}

/** What so3g takes to find and read a field in all files: told from a few hundred of them. */
async function so3gMs(tree) {
  const paths = readdirSync(tree).sort().flatMap((one) => readdirSync(join(tree, one)).map((name) => join(tree, one, name))); // prettier-ignore
  const some = paths.slice(0, 300);
  const script = `
import sys, time
from so3g.hk import HKArchiveScanner
paths = sys.stdin.read().split()
start = time.perf_counter()
scanner = HKArchiveScanner()
for path in paths:
    scanner.process_file(path)
data, _ = scanner.finalize().get_data(["${feedAddress('slow')}.channel_01"])
for values in data.values():
    values[::max(1, len(values) // 1000)]
print(time.perf_counter() - start)
`;
  const python = await peerProgram('python');
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { input: some.join('\n'), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return (1000 * Number(stdout) * paths.length) / some.length;
}

/** A counter of a node's health; 0 where it has none of that name. */
async function counter(client, node, name) {
  const { nodes } = JSON.parse((await client.ask('/api/v1/status')).toString());
  return nodes.find((one) => one.name === node)?.health?.counters?.[name] ?? nodes.find((one) => one.name === node)?.counters?.[name] ?? 0; // prettier-ignore
}

async function fieldCounts() {
  const perAgent = 100;
  const counts = quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];
  const seconds = 300;
  const router = await startEmbedded();
  const feeds = { FEED_PATTERN: 'observatory..feeds.', BUFFER_TIME: '86400', FEED_LOG: 'off' };
  const lab = await startLab(router, { feeds: { words: ['node', 'data-feed'], env: feeds } });
  const client = httpClient(lab.url);
  const found = { catalogue: [], search: [], panel: [] };
  const agent = (feed, names) => ({ feed, names, start: end - seconds, count: seconds });
  const names = (n) => Array.from({ length: n }, (_, k) => `channel_${String(k).padStart(2, '0')}`);
  let published = 0;
  for (const count of counts) {
    const wanted = published === 0 ? [agent('first', names(count))] : [];
    if (published > 0) {
      const rest = count - published;
      for (let k = 0; k * perAgent < rest; k++) wanted.push(agent(`a${count}x${k}`, names(Math.min(perAgent, rest - k * perAgent)))); // prettier-ignore
    }
    await publishSeries(router.url, wanted, values, feedShift);
    published = count;
    const search = { path: '/search', body: { target: '' } };
    await lab.parts.get('feeds').ready(async () => JSON.parse((await client.ask(search)).toString()).length === count);
    const to = end + feedShift;
    const panel = panelQuery([`feeds::${topicOf({ feed: 'first' })}.channel_03`], { from: to - seconds, to, buckets });
    // Lists of fields are believed for a second: each question comes after it.
    const fresh = async (query) => {
      const took = [];
      for (let i = 0; i < (quick ? 2 : 7); i++) {
        await new Promise((resolve) => setTimeout(resolve, 1100));
        took.push(...(await timesOf(client, query, 1)));
      }
      return percentile(took, 0.5);
    };
    found.catalogue.push([count, await fresh('/api/v1/fields')]);
    found.search.push([count, await fresh(search)]);
    found.panel.push([count, percentile(await timesOf(client, panel), 0.5)]);
    if (count === counts.at(-1)) {
      report({
        what: `${count} fields: panel of one, the list of fields just looked at`,
        unit: 'ms',
        ours: found.panel.at(-1)[1],
      });
      report({ what: `${count} fields: panel of one, the list a second old`, unit: 'ms', ours: await fresh(panel) });
      report({ what: `${count} fields: /search`, unit: 'ms', ours: found.search.at(-1)[1] });
      report({ what: `${count} fields: /api/v1/fields`, unit: 'ms', ours: found.catalogue.at(-1)[1] });
      report({
        what: `${count} fields: memory of the bridge`,
        unit: 'MB',
        ours: lab.parts.get('http').residentMegabytes(),
      });
    }
  }
  client.close();
  await lab.stop();
  await router.stop();
  return {
    title: 'A site with many fields',
    xName: 'fields of the site',
    yName: 'ms, p50',
    curves: [
      { name: '/api/v1/fields, list asked anew', points: found.catalogue },
      { name: '/search, list asked anew', points: found.search },
      { name: 'panel of one field', points: found.panel },
    ],
  };
}

async function clientCounts() {
  const counts = quick ? [1, 4, 16] : [1, 2, 4, 8, 16, 32, 64];
  const seconds = quick ? 1 : 8;
  const g3 = { words: ['node', 'g3-reader'], env: {} };
  const { lab, stop } = await startSite(dataTree(), { g3_reader: g3 });
  const wide = series[1];
  const range = { from: end - day, to: end, buckets };
  const dashboard = Array.from({ length: 20 }, (_, k) =>
    panelQuery([`g3_reader::${feedAddress('wide')}.${wide.names[k]}`], range),
  );
  const found = { p50: [], p99: [], rate: [] };
  const first = httpClient(lab.url);
  const before = await counter(first, 'g3_reader', 'frames_read');
  for (const count of counts) {
    const clients = Array.from({ length: count }, () => httpClient(lab.url));
    const took = [];
    const began = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        do {
          for (const panel of dashboard) took.push(...(await timesOf(client, panel, 1)));
        } while (performance.now() - began < 1000 * seconds);
        client.close();
      }),
    );
    found.rate.push([count, (1000 * took.length) / (performance.now() - began)]);
    found.p50.push([count, percentile(took, 0.5)]);
    found.p99.push([count, percentile(took, 0.99)]);
  }
  const most = counts.at(-1);
  const what = `dashboard of 20 panels of a day, ${most} clients`;
  report({ what: `${what}: a panel`, unit: 'ms', ours: found.p50.at(-1)[1], oursP99: found.p99.at(-1)[1] });
  report({ what: `${what}: panels a second`, unit: '/s', ours: found.rate.at(-1)[1] });
  for (const part of ['http', 'g3_reader']) {
    report({ what: `${what}: most memory of ${part}`, unit: 'MB', ours: lab.parts.get(part).peakMegabytes() });
  }
  const frames = (await counter(first, 'g3_reader', 'frames_read')) - before;
  report({ what: `${what}: frames read, of 288 of the day`, unit: 'frames', ours: frames });
  first.close();
  await stop();
  return {
    title: 'Clients on a dashboard of 20 panels (1 field, 1 day each)',
    xName: 'clients, each asking one panel after the other',
    yName: 'ms; panels/s',
    curves: [
      { name: 'p99 of a panel, ms', points: found.p99 },
      { name: 'p50 of a panel, ms', points: found.p50 },
      { name: 'panels a second', points: found.rate },
    ],
  };
}

/** The same as a table, for those who read numbers. */
function printTable({ title, xName, curves: lines }) {
  console.log(`\n${title}`);
  console.log(`| ${xName} | ${lines[0].points.map(([x]) => x).join(' | ')} |`);
  for (const { name, points } of lines) console.log(`| ${name} | ${points.map(([, y]) => short(y)).join(' | ')} |`);
}
