/* InfluxDB 1.6 of Debian, as OCS sites run it: loaded by the line protocol, a measurement a feed, asked by InfluxQL. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram, loadedCopy } from './peer-store.mjs';
import { freePort, startProgram } from './processes.mjs';

const valuesAtOnce = 100_000;
const database = 'bench';

/** A server on a copy of the data set, as startVictoria. */
export async function startInflux({ name, series, columns }) {
  const copy = await loadedCopy(`influx-${name}`, async (directory) => {
    const server = await start(directory);
    await answer(`${server.url}/query?${new URLSearchParams({ q: `CREATE DATABASE ${database}` })}`, '');
    for (const one of series) await load(server.url, one, columns);
    await server.stop();
  });
  const server = await start(copy.directory);
  return {
    ...server,
    async stop() {
      await server.stop();
      copy.drop();
    },
  };
}

async function start(directory) {
  const program = await debianProgram('influxdb', 'usr/bin/influxd', '12 MB');
  const [port, rpcPort] = [await freePort(), await freePort()];
  writeFileSync(join(directory, 'influxdb.conf'), configuration(directory, port, rpcPort));
  const server = startProgram(program, ['-config', join(directory, 'influxdb.conf')], { env: { HOME: directory } });
  const url = `http://127.0.0.1:${port}`;
  await server.ready(async () => (await fetch(`${url}/ping`).catch(() => undefined))?.ok);
  return { url, process: server, stop: () => server.stop() };
}

function configuration(directory, port, rpcPort) {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${directory}/meta"
  logging-enabled = false
[data]
  dir = "${directory}/data"
  wal-dir = "${directory}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = 0
[monitor]
  store-enabled = false
[logging]
  level = "error"
`;
}

async function load(url, series, columns) {
  const { feed, start: first, count, names } = series;
  const rowsAtOnce = Math.max(1, Math.floor(valuesAtOnce / names.length));
  for (let from = 0; from < count; from += rowsAtOnce) {
    const to = Math.min(count, from + rowsAtOnce);
    const own = names.map((name) => columns(series, name, from, to));
    let lines = '';
    for (let i = 0; i < to - from; i++) {
      const fields = own.map((v, k) => `${names[k]}=${v[i]}`).join(',');
      lines += `${feed} ${fields} ${first + from + i}\n`;
    }
    await answer(`${url}/write?db=${database}&precision=s`, lines);
  }
}

async function answer(address, body) {
  const response = await fetch(address, { method: 'POST', body });
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** As in victoria.mjs. */
export function bucketsQuery(feed, names, { from, to, buckets }) {
  const widthMs = ((to - from) * 1000) / buckets;
  const picked = names.map((name) => `min(${name}),max(${name}),mean(${name})`).join(',');
  return path(`SELECT ${picked} FROM ${feed} WHERE ${within(from, to)} GROUP BY time(${widthMs}ms)`);
}

export function rawQuery(feed, name, { from, to }) {
  return path(`SELECT ${name} FROM ${feed} WHERE ${within(from, to)}`);
}

function within(from, to) {
  return `time >= ${from}s AND time < ${to}s`;
}

function path(q) {
  return `/query?${new URLSearchParams({ db: database, epoch: 'ms', q })}`;
}

export function digest(text) {
  const { series } = JSON.parse(text).results[0];
  let least = Infinity;
  let greatest = -Infinity;
  let samples = 0;
  for (const { values } of series) {
    for (const [, ...row] of values) {
      for (const value of row) {
        if (value === null) continue;
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
        samples++;
      }
    }
  }
  return { samples, least, greatest };
}
