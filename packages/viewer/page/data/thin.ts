import type { NumberSamples, Samples, State, StateSamples } from './samples.js';

/**
 * Fewer samples that look the same where a bucket is a pixel wide: of numbers the first, least, greatest and last of each
 * bucket (M4) and one gap where it has some; of states every change and the last one. Buckets are `width` seconds from
 * `start` on.
 */
export function thin(samples: Samples, start: number, width: number): Samples {
  return samples.kind === 'number' ? thinNumbers(samples, start, width) : changesOf(samples);
}

function thinNumbers({ t, v }: NumberSamples, start: number, width: number): NumberSamples {
  const keptT: number[] = [];
  const keptV: number[] = [];
  for (let i = 0; i < t.length;) {
    const bucket = Math.floor((t[i]! - start) / width);
    let first = -1;
    let least = -1;
    let greatest = -1;
    let last = -1;
    let gap = -1;
    for (; i < t.length && Math.floor((t[i]! - start) / width) === bucket; i++) {
      const value = v[i]!;
      if (Number.isNaN(value)) {
        if (gap < 0) gap = i;
        continue;
      }
      if (first < 0) first = least = greatest = i;
      else if (value < v[least]!) least = i;
      else if (value > v[greatest]!) greatest = i;
      last = i;
    }
    let before = -1;
    for (const at of [first, least, greatest, last, gap].sort((a, b) => a - b)) {
      if (at < 0 || at === before) continue;
      before = at;
      keptT.push(t[at]!);
      keptV.push(v[at]!);
    }
  }
  return { kind: 'number', t: keptT, v: keptV };
}

function changesOf({ t, v }: StateSamples): StateSamples {
  const keptT: number[] = [];
  const keptV: State[] = [];
  for (let i = 0; i < t.length; i++) {
    if (i > 0 && i < t.length - 1 && v[i] === v[i - 1]) continue;
    keptT.push(t[i]!);
    keptV.push(v[i]!);
  }
  return { kind: 'state', t: keptT, v: keptV };
}
