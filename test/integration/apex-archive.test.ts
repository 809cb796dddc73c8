import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { json, type Stack, startStack } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';

const directory = join(import.meta.dirname, '../fixtures/apex-weather');
/** 2017-07-13 to 2017-07-29, UTC. */
const range = { from: '2017-07-13T00:00:00.000Z', to: '2017-07-29T00:00:00.000Z' };
const from = Date.parse(range.from);
const to = Date.parse(range.to);

type Row = readonly [value: number, ms: number];
type Point = readonly [value: number | null, ms: number];

/** The rows of a file as they stand there, in order of time. */
function rowsOf(file: string): Row[] {
  return readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line): Row => {
      const [t, v] = line.trim().split(/\s+/);
      return [Number(v), Number(t) * 1000];
    })
    .sort((a, b) => a[1] - b[1]);
}

const files = new Map(
  readdirSync(directory)
    .filter((name) => name.endsWith('.dat'))
    .map((name): [string, Row[]] => [`apex_archive::${name.slice(0, -4)}`, rowsOf(name)]),
);
const total = [...files.values()].reduce((n, rows) => n + rows.length, 0);

describe('the weather of APEX, from the files through WAMP and HTTP', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ WEATHER_DIRECTORY: directory, SISOCK_DEMO: 'no' });
    await until('all fields are listed', async () => {
      const found = await json<string[]>(`${stack.url}/search`, { target: 'apex_' });
      return [...files.keys()].every((field) => found.includes(field));
    });
  });
  afterAll(() => stack.stop());

  it('comes whole: all 41,385 rows, the repeated midnights as they are', async () => {
    expect(total).toBe(41_385);
    for (const [field, rows] of files) {
      const url = `${stack.url}/api/v1/series?raw=true&field=${field}&from=${range.from}&to=${range.to}`;
      const { blocks, complete } = await json<{
        blocks: { time: number[]; values: Record<string, number[]> }[];
        complete: boolean;
      }>(url);
      const served = blocks.flatMap(({ time, values }) => time.map((t, i): Row => [values[field]![i]!, t * 1000]));
      expect(complete).toBe(true);
      expect(served).toEqual(rows);
      expect(rows.filter((row, i) => row[1] === rows[i - 1]?.[1])).toHaveLength(13);
    }
  });

  it('keeps every extreme of each pixel column when reduced to 500, with real samples only', async () => {
    const columns = 500;
    const width = (to - from) / columns;
    const columnOf = (ms: number) => Math.floor((ms - from) / width);
    const targets = [...files.keys()].map((target, i) => ({ refId: String(i), target }));
    const answers = await json<{ target: string; datapoints: Point[] }[]>(`${stack.url}/query`, {
      range,
      maxDataPoints: columns,
      targets,
    });
    expect(answers).toHaveLength(files.size);
    for (const { target, datapoints } of answers) {
      const rows = files.get(target)!;
      const points = datapoints.filter((p): p is Row => p[0] !== null);
      const real = new Set(rows.map(([v, ms]) => `${v} ${ms}`));
      expect(points.filter(([v, ms]) => !real.has(`${v} ${ms}`))).toEqual([]);
      expect(datapoints.length).toBeLessThanOrEqual(4 * columns + gapsOf(rows).length);
      expect(extremes(points, columnOf)).toEqual(extremes(rows, columnOf));
    }
  });

  it('has a null in every gap, and nowhere else', async () => {
    for (const [target, rows] of files) {
      const gaps = gapsOf(rows);
      const [answer] = await json<{ datapoints: Point[] }[]>(`${stack.url}/query`, {
        range,
        maxDataPoints: 30_000,
        targets: [{ refId: 'A', target }],
      });
      const nulls = answer!.datapoints.filter(([v]) => v === null).map(([, ms]) => ms);
      expect(nulls).toHaveLength(gaps.length);
      gaps.forEach(([before, after], i) => {
        expect(nulls[i]).toBeGreaterThan(before);
        expect(nulls[i]).toBeLessThan(after);
      });
    }
  });
});

/** Least and greatest value of each pixel column that has one. */
function extremes(rows: readonly Row[], columnOf: (ms: number) => number): Map<number, readonly [number, number]> {
  const found = new Map<number, readonly [number, number]>();
  for (const [v, ms] of rows) {
    const [least, greatest] = found.get(columnOf(ms)) ?? [v, v];
    found.set(columnOf(ms), [Math.min(least, v), Math.max(greatest, v)]);
  }
  return found;
}

/** Neighbours more than three usual intervals apart. */
function gapsOf(rows: readonly Row[]): (readonly [before: number, after: number])[] {
  const steps = rows.slice(1).map((row, i) => row[1] - rows[i]![1]);
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)]!;
  return steps.flatMap((step, i) => (step > 3 * usual ? [[rows[i]![1], rows[i + 1]![1]] as const] : []));
}
