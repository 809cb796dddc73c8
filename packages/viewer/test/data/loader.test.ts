import { describe, expect, it } from '@jest/globals';
import { createFieldCache } from '../../page/data/field-cache.js';
import { createLoader } from '../../page/data/loader.js';
import { createRequestQueue } from '../../page/data/request-queue.js';
import type { SeriesAnswer, SeriesRequest } from '../../page/data/series.js';

interface Asked extends SeriesRequest {
  readonly signal: AbortSignal;
  readonly answer: (change?: Partial<SeriesAnswer>) => Promise<void>;
  readonly fail: (code: string) => Promise<void>;
}

/** A loader over a server that answers when the test says so: a sample a second, reduced where buckets are wider. */
function rig({ now = 1e9, most = 4 } = {}) {
  const cache = createFieldCache();
  const asked: Asked[] = [];
  const time = { ms: 0, now };
  let changes = 0;
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const loader = createLoader({
    cache,
    queue: createRequestQueue(most),
    nowMs: () => time.ms,
    now: () => time.now,
    onChange: () => changes++,
    ask: (request, signal) =>
      new Promise((resolve, reject) => {
        const { ids, from, to, buckets } = request;
        const t: number[] = [];
        for (let x = Math.ceil(from); x < Math.min(to, time.now); x += Math.max(1, (to - from) / buckets)) t.push(x);
        const series = ids.map((id) => ({
          id,
          isNumber: true,
          interval: 1,
          samples: { kind: 'number', t, v: t } as const,
          isReduced: (to - from) / buckets > 1,
          finalUntil: to <= time.now ? Infinity : -Infinity,
        }));
        const answer = async (change: Partial<SeriesAnswer> = {}) => {
          resolve({ series, problems: new Map(), ...change });
          await settle();
        };
        const fail = async (code: string) => {
          reject(Object.assign(new Error(`${code} happened`), { code }));
          await settle();
        };
        asked.push({ ...request, signal, answer, fail });
      }),
  });
  const want = async (ids: readonly string[], from: number, to: number, width: number) => {
    loader.want(ids.map((id) => ({ id, span: { from, to }, width })));
    await settle();
  };
  return { cache, asked, loader, time, want, settle, changes: () => changes };
}

const spans = (asked: readonly Asked[]) => asked.map(({ from, to, buckets }) => [from, to, buckets]);

describe('what is wanted', () => {
  it('is asked for in as many buckets as it has pixels, one request a node', async () => {
    const { asked, want, changes } = rig();
    await want(['a::x', 'a::y', 'b::z'], 1000, 3000, 2);
    expect(spans(asked)).toEqual([
      [1000, 3000, 1000],
      [1000, 3000, 1000],
    ]);
    expect(asked.map(({ ids }) => ids)).toEqual([['a::x', 'a::y'], ['b::z']]);
    await asked[0]!.answer();
    expect(changes()).toBe(1);
    await want(['a::x', 'a::y'], 1000, 3000, 2);
    expect(asked).toHaveLength(2);
  });

  it('is asked for again at each level of zoom, unless every sample is there', async () => {
    const { asked, want } = rig();
    await want(['a::x'], 1000, 3000, 2);
    await asked[0]!.answer();
    await want(['a::x'], 1500, 2000, 0.5);
    expect(spans(asked).slice(1)).toEqual([[1500, 2000, 1000]]);
    await asked[1]!.answer();
    await want(['a::x'], 1600, 1700, 0.1);
    expect(asked).toHaveLength(2);
  });

  it('is asked for beside what is there when it is moved, on the same buckets', async () => {
    const { asked, want } = rig();
    await want(['a::x'], 1000, 3000, 2);
    await asked[0]!.answer();
    await want(['a::x'], 1100, 3100, 2);
    await want(['a::x'], 1200, 3200, 2);
    expect(spans(asked).slice(1)).toEqual([
      [3000, 3100, 50],
      [3100, 3200, 50],
    ]);
  });

  it('is given up once nobody wants it any more, also while it waits for its turn', async () => {
    const { asked, want } = rig({ most: 1 });
    await want(['a::x', 'b::y'], 1000, 3000, 2);
    expect(asked).toHaveLength(1);
    await want(['c::z'], 1000, 3000, 2);
    expect(asked[0]!.signal.aborted).toBe(true);
    await asked[0]!.fail('cancelled');
    expect(asked.map(({ ids }) => ids)).toEqual([['a::x'], ['c::z']]);
  });
});

describe('a field that can not be had', () => {
  it('says why, and is asked for again later and later', async () => {
    const { asked, loader, want, time, settle } = rig();
    await want(['a::x'], 1000, 3000, 2);
    await asked[0]!.answer({ series: [], problems: new Map([['a::x', { code: 'unknown_field', message: 'no x' }]]) });
    expect(loader.problem('a::x')).toMatchObject({ code: 'unknown_field', message: 'no x' });
    await want(['a::x'], 1000, 3000, 2);
    expect(asked).toHaveLength(1);
    time.ms = 1000;
    await want(['a::x'], 1000, 3000, 2);
    expect(asked).toHaveLength(2);
    await asked[1]!.fail('unreachable');
    expect(loader.problem('a::x')!.message).toBe('unreachable happened');
    time.ms = 2500;
    await want(['a::x'], 1000, 3000, 2);
    expect(asked).toHaveLength(2);
    loader.retry();
    await settle();
    await asked[2]!.answer();
    expect(loader.problem('a::x')).toBeNull();
    expect(loader.isLoading('a::x')).toBe(false);
  });

  it('costs nobody else anything', async () => {
    const { asked, cache, loader, want } = rig();
    await want(['a::x', 'a::y'], 1000, 3000, 2);
    const samples = { kind: 'number', t: [1500], v: [1] } as const;
    const x = { id: 'a::x', isNumber: true, interval: null, samples, isReduced: false, finalUntil: Infinity };
    await asked[0]!.answer({ series: [x] });
    expect(cache.get('a::x')!.newest()).toEqual({ t: 1500, v: 1 });
    expect(loader.problem('a::y')!.code).toBe('bad_data');
  });
});

describe('the newest end', () => {
  it('is asked for again and again while it is not followed, as samples arrive late', async () => {
    const { asked, want, time } = rig({ now: 3000 });
    await want(['a::x'], 1000, 3000, 2);
    await asked[0]!.answer();
    await want(['a::x'], 1000, 3000, 2);
    expect(asked).toHaveLength(1);
    time.ms = 3000;
    time.now = 3010;
    await want(['a::x'], 1010, 3010, 2);
    expect(asked).toHaveLength(2);
    expect(asked[1]!.from).toBeGreaterThan(2990);
    expect(asked[1]!.from).toBeLessThan(3000);
  });

  it('is not asked for any more once it comes live, and nothing of it is lost or doubled', async () => {
    const { asked, cache, want, time } = rig({ now: 3000 });
    cache.open('a::x', true, 1).follow(3000, 0);
    await want(['a::x'], 2000, 3010, 1);
    cache.get('a::x')!.append({ kind: 'number', t: [2997, 2998, 2999, 3000, 3001], v: [1, 2, 3, 4, 5] });
    await asked[0]!.answer();
    time.ms = 10_000;
    time.now = 3010;
    await want(['a::x'], 2010, 3020, 1);
    expect(asked).toHaveLength(1);
    const { t } = cache.get('a::x')!.samples({ from: 2990, to: 3010 }, 1)!;
    expect(Array.from(t).filter((x) => x >= 2995)).toEqual([2995, 2996, 2997, 2998, 2999, 3000, 3001]);
  });

  it('and the past are asked for within the times that the server takes for UNIX seconds', async () => {
    const { asked, want } = rig();
    await want(['a::x'], -1000, 1000, 2);
    await want(['a::x'], 2e11, 3e11, 2);
    expect(spans(asked)).toEqual([[1, 1000, 500]]);
  });
});
