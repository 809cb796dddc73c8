import type { Batch, Value } from '@sisock/core';
import { batchOf } from '../batch-of.js';

export interface FixtureField {
  readonly name: string;
  readonly units: string | null;
  readonly description: string | null;
}

/** A timeline that the reader under test is to hold: batches in rising time, one after the other. */
export interface FixtureTimeline {
  readonly name: string;
  readonly interval: number | null;
  readonly fields: readonly FixtureField[];
  readonly batches: readonly Batch[];
}

export interface Fixture {
  readonly timelines: readonly FixtureTimeline[];
}

/** What a source of data may be unable to hold; the contract then does without. */
export type Ability =
  | 'i64' // 64-bit integers as such
  | 'bool'
  | 'str'
  | 'non-finite' // NaN and infinities
  | 'equal-times' // several samples of one field at one time
  | 'shared-timelines' // several fields on one timeline
  | 'column-sets' // fields that come and go on one timeline
  | 'descriptions' // units, descriptions and intervals as given
  | 'uneven-edges' // exact reductions over buckets with edges anywhere, however few samples they hold
  | 'late'; // rows older than the newest, where it can append

export const fixtureStart = 1_500_000_000;

/** The data of the contract, of kinds that the abilities allow. */
export function contractFixture(can: (ability: Ability) => boolean): Fixture {
  const timelines = [slow(), mixed(can)];
  if (can('column-sets') && can('shared-timelines')) timelines.push(columnSets());
  return { timelines };
}

/** One number a minute, with a gap of two hours. */
function slow(): FixtureTimeline {
  const t = range(400).map((i) => fixtureStart + 60 * i + (i < 250 ? 0 : 7200));
  return {
    name: 'slow',
    interval: 60,
    fields: [{ name: 'slow_level', units: 'mm', description: 'A slow level' }],
    batches: [batchOf(t, { slow_level: t.map((_, i) => Math.round(1000 * Math.sin(i / 20)) / 8) })],
  };
}

/** All kinds of values at 10 Hz, some of them at equal times, in two batches. */
function mixed(can: (ability: Ability) => boolean): FixtureTimeline {
  const n = 1500;
  const t = range(n).map((i) => fixtureStart + (can('equal-times') && i % 10 < 3 ? i - (i % 10) : i) / 10);
  const all: Record<string, readonly Value[]> = {
    fast_value: t.map((_, i) => ((i * 7919) % 1000) / 4 - (i === 777 ? 1e6 : 0)),
  };
  if (can('shared-timelines')) {
    if (can('non-finite')) all['fast_broken'] = t.map((_, i) => brokenValue(i));
    if (can('i64')) all['fast_count'] = t.map((_, i) => BigInt(i) * 9_007_199_254_740_993n);
    if (can('bool')) all['fast_on'] = t.map((_, i) => i % 200 < 60);
    if (can('str')) all['fast_state'] = t.map((_, i) => ['idle', 'läuft', ''][Math.floor(i / 170) % 3]!);
  }
  const cut = 611;
  const part = (a: number, b: number) =>
    batchOf(t.slice(a, b), Object.fromEntries(Object.entries(all).map(([name, v]) => [name, v.slice(a, b)])));
  return {
    name: 'fast',
    interval: 0.1,
    fields: Object.keys(all).map((name) => ({ name, units: name === 'fast_value' ? 'K' : null, description: null })),
    batches: [part(0, cut), part(cut, n)],
  };
}

/** A field that is joined by another and then goes. */
function columnSets(): FixtureTimeline {
  const values = (from: number, n: number, scale: number) => range(n).map((i) => (from + i) * scale);
  const times = (from: number, n: number) => values(from, n, 1).map((s) => fixtureStart + s);
  return {
    name: 'sets',
    interval: 1,
    fields: ['sets_a', 'sets_b'].map((name) => ({ name, units: null, description: null })),
    batches: [
      batchOf(times(0, 40), { sets_a: values(0, 40, 0.5) }),
      batchOf(times(40, 60), { sets_a: values(40, 60, 0.5), sets_b: values(40, 60, -1) }),
      batchOf(times(100, 30), { sets_b: values(100, 30, -1) }),
    ],
  };
}

function brokenValue(i: number): number {
  if (i % 97 < 5) return NaN;
  if (i % 211 === 0) return Infinity;
  return i % 223 === 0 ? -Infinity : i / 8;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
