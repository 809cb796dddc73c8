import type { Extremes } from './trace.js';

/** Room above and below the data, as a part of what they span. */
const room = 0.06;

/**
 * The ends of an axis around its data, calm while the data move a little: on whole steps. For a log axis all numbers are
 * above zero.
 */
export function axisLimits(extremes: Extremes | null, log: boolean): readonly [min: number, max: number] {
  if (!extremes) return log ? [0.1, 10] : [0, 1];
  return log ? logLimits(extremes) : linearLimits(extremes);
}

function linearLimits({ min, max }: Extremes): readonly [number, number] {
  if (min === max) {
    const half = min === 0 ? 1 : Math.abs(min) * 0.05;
    return [min - half, max + half];
  }
  const span = max - min;
  if (!Number.isFinite(span)) return [-Number.MAX_VALUE / 2, Number.MAX_VALUE / 2];
  const step = 10 ** Math.floor(Math.log10(span)) / 20;
  const low = Math.floor((min - room * span) / step) * step;
  const high = Math.ceil((max + room * span) / step) * step;
  // Where the data stay on one side of zero, so does the axis.
  return [min >= 0 && low < 0 ? 0 : low, max <= 0 && high > 0 ? 0 : high];
}

function logLimits({ min, max }: Extremes): readonly [number, number] {
  const low = Math.log10(min);
  const high = Math.log10(max);
  const margin = Math.max(0.02, room * (high - low));
  const step = 0.05;
  return [
    10 ** Math.max(-300, Math.floor((low - margin) / step) * step),
    10 ** Math.min(300, Math.ceil((high + margin) / step) * step),
  ];
}

/** Ends moved by a part of their distance, or wider by a factor about a place from 0 (low) to 1. */
export function movedLimits(
  [min, max]: readonly [number, number],
  { by = 0, factor = 1, at = 0.5, log = false }: { by?: number; factor?: number; at?: number; log?: boolean },
): readonly [number, number] {
  const [low, high] = log ? [Math.log10(min), Math.log10(max)] : [min, max];
  const span = high - low;
  const place = low + at * span;
  const moved = [place - at * span * factor + by * span, place + (1 - at) * span * factor + by * span] as const;
  return log ? [10 ** moved[0], 10 ** moved[1]] : moved;
}
