import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { newestSamples } from '../src/demo/history/newest-samples.js';
import { planHistory } from '../src/demo/history/plan-history.js';
import { pruneTree, treeFiles } from '../src/demo/history/tree-files.js';
import { writeHistory } from '../src/demo/history/write-history.js';
import { type DemoAgent, demoAgents } from '../src/demo/simulated-agents.js';
import { filesBelow, framesOf, outline, samplesIn } from './g3-tree.js';

const until = 1_795_186_957.25;
const source = { addressRoot: 'site', samplesPerSecond: 0.1, frameSec: 600, fileSec: 3600 };
const one: DemoAgent = {
  instance: 'one',
  agentClass: 'One',
  operations: [],
  feeds: [{ name: 'f', block: 'b', samplesPerSecond: 4, at: (t) => ({ x: t, on: t % 20 === 0, say: `at ${t}` }) }],
};
const options = { ...source, agents: [one] };
let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sisock-history-')), 'hk');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const g3Files = () => filesBelow(directory).filter((path) => path.endsWith('.g3'));

describe("the demonstration's history", () => {
  it('is files of an hour with every sample once, in order, up to where the agents begin', async () => {
    const files = await writeHistory(await planHistory(directory, until, 10_000), options);
    const paths = g3Files();
    expect(paths).toHaveLength(files);
    expect(paths.map((path) => relative(directory, path))).toEqual([
      '17951/1795176957.g3',
      '17951/1795179600.g3',
      '17951/1795183200.g3',
      '17951/1795186800.g3',
    ]);
    const frames = paths.map(framesOf);
    for (const file of frames) expect(outline(file).slice(0, 2)).toEqual(['session', 'status 0=site.one.feeds.f']);
    const times = Array.from({ length: 1000 }, (_, i) => 1_795_176_960 + 10 * i).filter((t) => t <= 1_795_186_957);
    expect(samplesIn(frames.flat(), 'x')).toEqual(times.map((t) => [t, t]));
    expect(samplesIn(frames.flat(), 'on')[2]).toEqual([1_795_176_980, true]);
    expect(samplesIn(frames.flat(), 'say')[0]).toEqual([1_795_176_960, 'at 1795176960']);
  });

  it('is written once, and completed with its first bounds when it was broken off', async () => {
    const stop = new AbortController();
    const plan = await planHistory(directory, until, 10_000);
    const broken: DemoAgent = {
      ...one,
      feeds: [
        {
          ...one.feeds[0]!,
          at: (t) => {
            if (t > 1_795_182_000) stop.abort();
            return { x: t };
          },
        },
      ],
    };
    expect(await writeHistory(plan, { ...options, agents: [broken], signal: stop.signal })).toBe(2);
    const later = await planHistory(directory, until + 5000, 10_000);
    expect(later).toEqual({ ...plan, done: false });
    expect(await writeHistory(later, options)).toBe(2);
    const third = await planHistory(directory, until + 9000, 10_000);
    expect(third).toEqual({ ...plan, done: true });
    expect(await writeHistory(third, options)).toBe(0);
    expect(samplesIn(g3Files().flatMap(framesOf), 'x').at(-1)![0]).toBe(1_795_186_950);
  });

  it('is the same bytes every time', async () => {
    const written = async () => {
      await writeHistory(await planHistory(directory, until, 4000), options);
      const bytes = g3Files().map((path) => readFileSync(path));
      rmSync(directory, { recursive: true });
      return Buffer.concat(bytes);
    };
    expect(Buffer.compare(await written(), await written())).toBe(0);
  });

  it('is small', async () => {
    const plan = await planHistory(directory, until, 86_400);
    await writeHistory(plan, { ...options, agents: demoAgents });
    const bytes = g3Files().reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeGreaterThan(1e6);
    expect(bytes).toBeLessThan(20e6 / 3);
  });

  it('tells the newest sample of each feed, whatever the last file ends with', async () => {
    expect(await newestSamples(directory)).toEqual(new Map());
    await writeHistory(await planHistory(directory, until, 10_000), options);
    expect([...(await newestSamples(directory))]).toEqual([['site.one.feeds.f', 1_795_186_950]]);
    const last = g3Files().at(-1)!;
    truncateSync(last, statSync(last).size - 3);
    expect([...(await newestSamples(directory))]).toEqual([['site.one.feeds.f', 1_795_186_800]]);
  });
});

describe('a tree of the demonstration', () => {
  beforeEach(async () => {
    await writeHistory(await planHistory(directory, until, 10_000), options);
  });
  const began = async () => (await treeFiles(directory)).map(({ beganAt }) => beganAt);

  it('loses the files that are too old, but never the newest', async () => {
    const bounds = { maxAgeSec: 5000, maxBytes: Infinity };
    expect(await pruneTree(directory, bounds, 1_795_186_900)).toBe(2);
    expect(await began()).toEqual([1_795_183_200, 1_795_186_800]);
    expect(await pruneTree(directory, bounds, 1_800_000_000)).toBe(1);
    expect(await began()).toEqual([1_795_186_800]);
  });

  it('loses the oldest files when it is too large', async () => {
    const [, , third, fourth] = g3Files().map((path) => statSync(path).size);
    expect(await pruneTree(directory, { maxAgeSec: Infinity, maxBytes: third! + fourth! }, until)).toBe(2);
    expect(await began()).toEqual([1_795_183_200, 1_795_186_800]);
  });

  it('leaves alone what is not in its layout', async () => {
    const mine = join(directory, '17951', 'mine.g3');
    writeFileSync(mine, 'x');
    utimesSync(mine, 0, 0);
    await pruneTree(directory, { maxAgeSec: 0, maxBytes: 0 }, 1_900_000_000);
    expect(statSync(mine).size).toBe(1);
  });
});
