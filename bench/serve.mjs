// Serving the same samples, side by side: sisock the whole way (HTTP, bridge, WAMP, node and back) beside VictoriaMetrics
// and InfluxDB. Queries: q30 (1 field, 30 days), q1 (1 field, 1 day) and q10 (10 fields, 6 hours), each to a panel of 1000
// pixels, and raw (86,400 samples of 1 field). Nodes: g3_reader over g3 files, `ocs` (joined) before it, `feeds` with the
// same samples in its buffer. Warm is what was asked before; cold is a node that keeps no samples, no blocks and no index in
// memory (CACHE_BYTES=0 INDEX_CACHE_BYTES=0 BLOCK_CACHE_BYTES=1), its blocks and files in the page cache, as VictoriaMetrics
// without its cache.
// Options: --quick, --crossbar no, --panels q30,q1,q10,raw
import { suiteOptions } from './lib/arguments.mjs';
import { day, series, values, version } from './lib/dataset.mjs';
import { httpClient } from './lib/http-client.mjs';
import * as influx from './lib/influx.mjs';
import { startLab } from './lib/lab.mjs';
import { compared, measureQueries } from './lib/measure.mjs';
import { dataTree, feedShift, ourQuery, panels, peerQuery } from './lib/panels.mjs';
import { startSisock } from './lib/processes.mjs';
import { publishSeries } from './lib/publish-series.mjs';
import { digest } from './lib/sisock-queries.mjs';
import { startCrossbar, startEmbedded } from './lib/routers.mjs';
import { report } from './lib/table.mjs';
import * as victoria from './lib/victoria.mjs';

const { quick, ...options } = suiteOptions({
  crossbar: { type: 'string', default: 'yes' },
  panels: { type: 'string', default: 'q30,q1,q10,raw' },
});
const budget = quick ? { budgetMs: 40, slowMs: 60 } : { budgetMs: 400 };
/** How many times as fast as VictoriaMetrics without its cache, with it, and as InfluxDB. */
const goals = {
  q30: { cold: '10x', cached: '1x', influx: '20x' },
  q1: { cold: '1.5x', influx: '10x' },
  q10: { cold: '1x', influx: '5x' },
  raw: { cold: '1x', influx: '5x' },
};

const tree = dataTree();
const dataSet = { name: `v${version}`, series, columns: values };
const [vm, cachedVm, influxDb] = await Promise.all([
  victoria.startVictoria({ ...dataSet, cache: false }),
  victoria.startVictoria({ ...dataSet, cache: true }),
  influx.startInflux(dataSet),
]);

async function startSite(router, withFeeds) {
  const scan = startSisock(['g3-file-scanner', '--once'], { ...router.env, DATA_DIRECTORY: tree });
  if ((await scan.ended) !== 0) throw new Error(scan.output());
  const g3 = { words: ['node', 'g3-reader'] };
  const lab = await startLab(router, {
    g3_reader: g3,
    g3_cold: { ...g3, env: { NAME: 'g3_cold', CACHE_BYTES: '0', INDEX_CACHE_BYTES: '0', BLOCK_CACHE_BYTES: '1' } },
    ocs: { words: ['node', 'joined'] },
    ...(withFeeds && {
      feeds: {
        words: ['node', 'data-feed'],
        env: { FEED_PATTERN: 'observatory..feeds.', BUFFER_TIME: String(40 * day), FEED_LOG: 'off' },
      },
    }),
  });
  if (withFeeds) await publishSeries(router.url, series, values, feedShift);
  return lab;
}

/** Nobody measures a wrong answer: all must have the same samples, and the same extremes of a panel. */
async function checkAnswers(panel, answers) {
  const found = [];
  for (const [name, { url, query, read }] of Object.entries(answers)) {
    const client = httpClient(url);
    const { samples, least, greatest } = read((await client.ask(query)).toString());
    client.close();
    found.push({ name, key: JSON.stringify([least, greatest, panel.raw ? samples : null]) });
  }
  const wrong = found.filter(({ key }) => key !== found[0].key);
  if (wrong.length > 0) throw new Error(`${panel.name}: answers disagree: ${JSON.stringify(found)}`);
}

const embedded = await startEmbedded();
const crossbar = options.crossbar === 'yes' ? await startCrossbar() : null;
const site = await startSite(embedded, true);
const second = crossbar && (await startSite(crossbar, !quick));

for (const panel of panels.filter(({ name }) => options.panels.split(',').includes(name))) {
  const ours = (lab, node) => ({ url: lab.url, query: ourQuery(node, panel), read: digest });
  const contestants = {
    'VictoriaMetrics, cache off': { url: vm.url, query: peerQuery(victoria, panel), read: victoria.digest },
    'InfluxDB 1.6': { url: influxDb.url, query: peerQuery(influx, panel), read: influx.digest },
    'g3 files, cold': ours(site, 'g3_cold'),
    'g3 files': ours(site, 'g3_reader'),
    joined: ours(site, 'ocs'),
    'live feed': ours(site, 'feeds'),
    ...(second && { 'g3 files, Crossbar': ours(second, 'g3_reader') }),
    ...(second && !quick && { 'live feed, Crossbar': ours(second, 'feeds') }),
  };
  await checkAnswers(panel, contestants);
  // It moves the edges of a range to where it has them in its cache: the ends of a panel are other ones.
  contestants['VictoriaMetrics, cache on'] = { url: cachedVm.url, query: peerQuery(victoria, panel) };
  const results = await measureQueries(contestants, budget);
  const figure = (name, peer, goal) => {
    const what = `${panel.name} (${panel.text}), ${name}`;
    report({ what, ...compared(results, name, peer), ...(goal && { goal }) });
  };
  const { cold, cached, influx: influxGoal } = goals[panel.name];
  for (const name of Object.keys(contestants).filter(
    (one) => !one.includes('VictoriaMetrics') && !one.includes('InfluxDB'),
  )) {
    figure(name, 'VictoriaMetrics, cache off', cold);
  }
  for (const name of ['g3 files', 'joined', 'live feed']) figure(name, 'VictoriaMetrics, cache on', cached);
  for (const name of ['g3 files, cold', 'g3 files', 'joined', 'live feed']) figure(name, 'InfluxDB 1.6', influxGoal);
}

await Promise.all([site.stop(), second?.stop(), vm.stop(), cachedVm.stop(), influxDb.stop()]);
await Promise.all([embedded.stop(), crossbar?.stop()]);
process.exit(0);
