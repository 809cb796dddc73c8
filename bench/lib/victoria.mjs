/* VictoriaMetrics of Debian: loaded by its import interface, asked by PromQL's ways. */
import { debianProgram, loadedCopy } from './peer-store.mjs';
import { freePort, startProgram } from './processes.mjs';

const rowsAtOnce = 100_000;
const settings = [
  '-retentionPeriod=100y',
  '-search.maxPointsPerTimeseries=1000000',
  '-search.maxUniqueTimeseries=1000000',
  '-loggerLevel=ERROR',
];

/** A server on a copy of the data set `name`: `series` with `columns(series, name, from, to)`, as in g3-tree.mjs. */
export async function startVictoria({ name, series, columns, cache }) {
  const copy = await loadedCopy(`victoria-${name}`, async (directory) => {
    const server = await start(directory, ['-search.disableCache']);
    for (const one of series) await load(server.url, one, columns);
    await server.stop();
  });
  const server = await start(copy.directory, cache ? [] : ['-search.disableCache']);
  return {
    ...server,
    async stop() {
      await server.stop();
      copy.drop();
    },
  };
}

async function start(directory, more) {
  const program = await debianProgram('victoria-metrics', 'usr/bin/victoria-metrics', '8 MB');
  const port = await freePort();
  const args = [`-storageDataPath=${directory}`, `-httpListenAddr=127.0.0.1:${port}`, ...settings, ...more];
  const server = startProgram(program, args);
  const url = `http://127.0.0.1:${port}`;
  await server.ready(async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok);
  return { url, process: server, stop: () => server.stop() };
}

/** As VictoriaMetrics names a column of a feed. */
export function metricName(feed, column) {
  return `${feed}_${column}`;
}

async function load(url, series, columns) {
  const { feed, start: first, count, names } = series;
  for (const name of names) {
    for (let from = 0; from < count; from += rowsAtOnce) {
      const to = Math.min(count, from + rowsAtOnce);
      const line = {
        metric: { __name__: metricName(feed, name) },
        values: Array.from(columns(series, name, from, to)),
        timestamps: Array.from({ length: to - from }, (_, i) => (first + from + i) * 1000),
      };
      await post(`${url}/api/v1/import`, JSON.stringify(line));
    }
  }
  // What was imported can be searched, and lies on the disk, only then.
  await post(`${url}/internal/force_flush`, '');
}

async function post(address, body) {
  const response = await fetch(address, { method: 'POST', body });
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** Path of a query for min, max and mean of columns in buckets of the range. */
export function bucketsQuery(feed, names, { from, to, buckets }) {
  const widthMs = ((to - from) * 1000) / buckets;
  const metric = names.length === 1 ? metricName(feed, names[0]) : `{__name__=~"${feed}_(${names.join('|')})"}`;
  // A bucket of PromQL ends with its time, and holds the sample there.
  const query = { query: `rollup(${metric}[${widthMs}ms])`, step: `${widthMs}ms` };
  const times = { start: String(from - 0.5 + widthMs / 1000), end: String(to - 0.5) };
  return `/api/v1/query_range?${new URLSearchParams({ ...query, ...times })}`;
}

/** Path of a query for all samples of a column in the range. */
export function rawQuery(feed, name, { from, to }) {
  const query = { 'match[]': metricName(feed, name), start: String(from), end: String(to - 0.5) };
  return `/api/v1/export?${new URLSearchParams(query)}`;
}

/** Number of samples, least and greatest value of an answer, all columns together. */
export function digest(text) {
  let least = Infinity;
  let greatest = -Infinity;
  let samples = 0;
  const take = (x) => {
    least = Math.min(least, x);
    greatest = Math.max(greatest, x);
    samples++;
  };
  if (!text.startsWith('{"status"')) {
    for (const line of text.trim().split('\n')) JSON.parse(line).values.forEach(take);
    return { samples, least, greatest };
  }
  const { data } = JSON.parse(text);
  for (const { values } of data.result) for (const [, value] of values) take(Number(value));
  return { samples, least, greatest };
}
