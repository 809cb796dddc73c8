import { SisockError } from '../errors.js';

/**
 * Indexes kept so that successive samples are separated by at least `stride` seconds, "if necessary": where no two
 * neighbours are nearer than that all stay. Goes from the first sample on and takes each that is far enough from the
 * last one taken. `t` rises (UNIX seconds); of equal times one stays.
 * @param after Time of the last sample taken before these, where they come in pieces.
 */
export function minStride(t: Float64Array, stride: number, after = -Infinity): Uint32Array {
  const kept = new Uint32Array(t.length);
  if (!(stride > 0)) return kept.map((_, i) => i);
  let n = 0;
  let last = after;
  for (let i = 0; i < t.length; i++) {
    if (!(t[i]! - last >= stride)) continue;
    kept[n++] = i;
    last = t[i]!;
  }
  return kept.slice(0, n);
}

/**
 * A caller's `min_stride`: null (or left out) and 0 ask for every sample, given as null.
 * @throws SisockError `bad_request` when it is no finite number of seconds, or negative.
 */
export function checkMinStride(value: unknown): number | null {
  if (value === null || value === undefined || value === 0) return null;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  const shown =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 60))
      : typeof value === 'number'
        ? String(value)
        : `(${typeof value})`;
  throw new SisockError('bad_request', `min_stride ${shown} is neither null nor a finite number of seconds from 0 up`);
}
