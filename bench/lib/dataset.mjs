/*
 * What the suites `serve`, `memory` and `scale` look at, the same in every system: one field of 30 days and a hundred fields
 * of the last day, all at 1 Hz. A daily wave, noise, and now and then a spike of one sample, with three decimals as an
 * instrument gives them. Everything follows from numbers here: two runs on two machines have the same samples.
 */

/** In the name of what is kept of it: data made by another version are made anew. */
export const version = 1;
export const day = 86_400;
/** A full hour, UNIX seconds. */
export const end = 1_699_999_200;
export const longDays = 30;
export const wideFields = 100;

/** Series: `name`s of the columns that share the times `start`, `start + 1`, ... */
export const series = [
  { feed: 'long', start: end - longDays * day, count: longDays * day, names: ['value'] },
  { feed: 'wide', start: end - day, count: day, names: Array.from({ length: wideFields }, (_, k) => fieldName(k)) },
];

export function fieldName(k) {
  return `channel_${String(k).padStart(2, '0')}`;
}

/** Two years of hourly files: 4 fields at 0.1 Hz, which end with the others. */
export const slowRate = 0.1;
export const yearsSeries = {
  feed: 'slow',
  start: end - 730 * day,
  count: 730 * day * slowRate,
  step: 1 / slowRate,
  names: ['channel_01', 'channel_02', 'heater', 'setpoint'],
};

/** About so many samples lie between two spikes. */
const spikeEvery = 5_000;

/** Samples `from` to `to` (exclusive) of one column of a series. */
export function values({ feed, start, step = 1 }, name, from, to) {
  const seed = hash(`${feed}.${name}`);
  const level = 10 + (seed % 290);
  const phase = (seed >>> 8) % day;
  const v = new Float64Array(to - from);
  for (let i = from; i < to; i++) {
    const noise = mix(seed + i);
    const wave = 5 * Math.sin((2 * Math.PI * ((start + i * step + phase) % day)) / day);
    const spike = noise % spikeEvery === 0 ? 20 + ((noise >>> 13) % 40) : 0;
    v[i - from] = Math.round((level + wave + (noise >>> 16) / 131_072 + spike) * 1000) / 1000;
  }
  return v;
}

/** 32 bits of a text (FNV-1a). */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** 32 well mixed bits of a number. */
function mix(n) {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
