import { httpClient } from './http-client.mjs';
import { percentile } from './table.mjs';

/** Fewer rounds tell nothing of the spread. */
export const rounds = 7;
const clients = 8;

/**
 * Measures HTTP queries against each other: A B C A B C ..., so that what else the machine does meets all of them. A
 * contestant is {url, query}. In a round each is asked for `budgetMs` by one client, then as long by eight; by one alone
 * where an answer takes longer than `slowMs`.
 * @returns by name: {p50s, perSecond} a round, {latencies} of one client in all rounds, {bytes} of an answer
 */
export async function measureQueries(contestants, { budgetMs, slowMs = Infinity }) {
  const results = new Map();
  const all = [];
  for (const [name, { url, query }] of Object.entries(contestants)) {
    const own = Array.from({ length: clients }, () => httpClient(url));
    // Lazily loaded modules, caches and connections: everybody was asked before.
    const { length: bytes } = await own[0].ask(query);
    const [ms] = await oneAfterTheOther(own[0], query, 0);
    if (ms < slowMs) await Promise.all(own.map((client) => client.ask(query)));
    all.push({ name, query, own, isSlow: ms >= slowMs });
    results.set(name, { p50s: [], perSecond: [], latencies: [], bytes });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, query, own, isSlow } of rotated(all, round)) {
      const result = results.get(name);
      // While others were asked its connection may have ended.
      if (!isSlow) await own[0].ask(query);
      const took = await oneAfterTheOther(own[0], query, budgetMs);
      result.latencies.push(...took);
      result.p50s.push(percentile(took, 0.5));
      if (!isSlow) result.perSecond.push(await allAtOnce(own, query, budgetMs));
    }
  }
  for (const { own } of all) for (const client of own) client.close();
  return results;
}

/** Each begins once: who comes behind a heavy one is not always the same. */
function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

async function oneAfterTheOther(client, query, budgetMs) {
  const took = [];
  const end = performance.now() + budgetMs;
  do {
    const began = performance.now();
    await client.ask(query);
    took.push(performance.now() - began);
  } while (performance.now() < end);
  return took;
}

async function allAtOnce(own, query, budgetMs) {
  let done = 0;
  const began = performance.now();
  await Promise.all(
    own.map(async (client) => {
      do {
        await client.ask(query);
        done++;
      } while (performance.now() - began < budgetMs);
    }),
  );
  return (1000 * done) / (performance.now() - began);
}

/** The part of a figure that compares one contestant with another: medians, p99, rates, bytes and the ratio's spread. */
export function compared(results, ours, peer) {
  const own = results.get(ours);
  const figure = {
    unit: 'ms',
    lowerIsBetter: true,
    ours: percentile(own.latencies, 0.5),
    oursLeast: Math.min(...own.latencies),
    oursP99: percentile(own.latencies, 0.99),
    oursPerSecond: percentile(own.perSecond, 0.5),
    oursBytes: own.bytes,
  };
  if (peer === undefined) return figure;
  const other = results.get(peer);
  return {
    ...figure,
    peerName: peer,
    peer: percentile(other.latencies, 0.5),
    peerLeast: Math.min(...other.latencies),
    peerP99: percentile(other.latencies, 0.99),
    peerPerSecond: percentile(other.perSecond, 0.5),
    peerBytes: other.bytes,
    ratios: own.p50s.map((p50, round) => other.p50s[round] / p50),
  };
}

/**
 * Measures anything else in the same way: `work` of each contestant returns a figure a round.
 * @returns by name: the figures
 */
export async function measureRounds(contestants, count = rounds) {
  const entries = Object.entries(contestants);
  const results = new Map(entries.map(([name]) => [name, []]));
  for (let round = 0; round < count; round++) {
    for (const [name, work] of rotated(entries, round)) results.get(name).push(await work());
  }
  return results;
}

/** As `compared`, for figures of `measureRounds`; `lowerIsBetter` turns the ratio round. */
export function comparedRounds(results, ours, peer, { unit, lowerIsBetter = false }) {
  const own = results.get(ours);
  const other = results.get(peer);
  const ratios = own.map((value, round) => (lowerIsBetter ? other[round] / value : value / other[round]));
  return { unit, lowerIsBetter, ours: percentile(own, 0.5), peer: percentile(other, 0.5), peerName: peer, ratios };
}
