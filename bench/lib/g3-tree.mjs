import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeHk } from '@sisock/codecs/g3';

const hour = 3600;
const frameSec = 300;
const sessionId = 77n;

/** Full name of a feed, as OCS has it. */
export function feedAddress(feed) {
  return `observatory.bench.feeds.${feed}`;
}

/**
 * Series as OCS's aggregator files them: a file an hour in a directory per 100,000 s, frames of 300 s, a provider a feed.
 * Made once; `directory` is there when it is whole. `rate`: samples a second. `columns(series, name, from, to)` gives values.
 */
export function makeTree(directory, series, columns, rate = 1) {
  if (existsSync(directory)) return;
  const making = `${directory}.new`;
  rmSync(making, { recursive: true, force: true });
  const first = Math.min(...series.map(({ start }) => start));
  const last = Math.max(...series.map(({ start, count }) => start + count / rate));
  for (let start = first; start < last; start += hour) {
    const present = series.filter((one) => one.start < start + hour && one.start + one.count / rate > start);
    const folder = join(making, String(start).slice(0, 5));
    const path = join(folder, `${start}.g3`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, fileOf(start, present, columns, rate));
    utimesSync(path, start + hour, start + hour);
  }
  renameSync(making, directory);
}

/** A copy of hard links on the same disk, in which a file may be replaced; not to be written in place. */
export function linkedCopy(directory, copy) {
  rmSync(copy, { recursive: true, force: true });
  const { status, stderr } = spawnSync('cp', ['-al', directory, copy], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return copy;
}

/** What a file begins with: its session, and a provider for each series. */
export function sessionFrames(series, start) {
  const providers = series.map(({ feed }, k) => ({ id: BigInt(k), description: feedAddress(feed) }));
  return Buffer.concat([
    writeHk({ kind: 'session', sessionId, startTime: start, description: 'bench' }),
    writeHk({ kind: 'status', sessionId, timestamp: start, providers }),
  ]);
}

function fileOf(start, series, columns, rate) {
  const parts = [sessionFrames(series, start)];
  for (let at = start; at < start + hour; at += frameSec) {
    series.forEach((one, k) => {
      const from = Math.round((at - one.start) * rate);
      if (from >= 0 && from < one.count) parts.push(dataFrame(one, k, from, columns, rate));
    });
  }
  return Buffer.concat(parts);
}

/** The frame that begins with sample `from` of a series. `provider`: its place in the file's list. */
export function dataFrame(series, provider, from, columns, rate) {
  const { feed, start, names } = series;
  const rows = Math.round(frameSec * rate);
  const at = start + from / rate;
  const step = BigInt(Math.round(1e8 / rate));
  const first = BigInt(Math.round(at)) * 100_000_000n;
  const ticks = BigInt64Array.from({ length: rows }, (_, i) => first + BigInt(i) * step);
  const own = new Map(names.map((name) => [name, { kind: 'f64', v: columns(series, name, from, from + rows) }]));
  const blocks = [{ name: feed, ticks, columns: own }];
  return writeHk({ kind: 'data', sessionId, providerId: BigInt(provider), timestamp: at, blocks });
}
