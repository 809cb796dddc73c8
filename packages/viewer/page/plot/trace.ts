import type { Span } from '../state/range.js';
import {
  lowerBound,
  type NumberSamples,
  type Sample,
  sampleAt,
  type Samples,
  type StateSamples,
} from '../data/samples.js';

/** One field as a plot draws it. */
export interface Trace<S extends Samples = Samples> {
  readonly id: string;
  readonly label: string;
  readonly units: string | null;
  readonly color: string;
  /** Lengths of dashes and gaps in CSS pixels; none: a solid line. */
  readonly dash: readonly number[];
  readonly samples: S;
  /** Seconds that its samples are moved by: data of the past drawn over the present. */
  readonly shift: number;
  /** Drawn faintly, while another one is pointed at. */
  readonly isDim: boolean;
}

export type Line = Trace<NumberSamples>;
export type Band = Trace<StateSamples>;

export function isLine(trace: Trace): trace is Line {
  return trace.samples.kind === 'number';
}

/** What a trace is at a time of the plot: of numbers the nearest sample, of states the one in force. Null: nothing, or a gap. */
export function readingAt(trace: Trace, t: number): Sample | null {
  const { samples, shift } = trace;
  const own = t - shift;
  if (samples.kind === 'state') return shifted(sampleAt(samples, own), shift);
  const i = lowerBound(samples.t, own);
  const before = i > 0 ? own - samples.t[i - 1]! : Infinity;
  const after = i < samples.t.length ? samples.t[i]! - own : Infinity;
  if (before === Infinity && after === Infinity) return null;
  const at = before <= after ? i - 1 : i;
  const v = samples.v[at]!;
  return { t: samples.t[at]! + shift, v: Number.isNaN(v) ? null : v };
}

function shifted(sample: Sample | null, shift: number): Sample | null {
  return sample && { t: sample.t + shift, v: sample.v };
}

export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/**
 * The least and the greatest number in a span of the plot; null where there is none. `positive`: of those above zero. With
 * no sample inside, those next to the span count: a line goes from one to the other.
 */
export function extremesOf({ samples, shift }: Line, span: Span, positive = false): Extremes | null {
  const { t, v } = samples;
  let from = lowerBound(t, span.from - shift);
  let to = lowerBound(t, span.to - shift);
  if (from === to) {
    from = Math.max(0, from - 1);
    to = Math.min(t.length, to + 1);
  }
  let min = Infinity;
  let max = -Infinity;
  for (let i = from; i < to; i++) {
    const value = v[i]!;
    // False for NaN, too.
    if (!(positive ? value > 0 : value >= -Infinity)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return max >= min ? { min, max } : null;
}

/** True when a trace has something to show in a span: a sample in it, a line across it, or a state in force. */
export function isInSpan({ samples, shift }: Trace, span: Span): boolean {
  if (samples.kind === 'state') return (sampleAt(samples, span.to - shift)?.v ?? null) !== null;
  const { t, v } = samples;
  const i = lowerBound(t, span.from - shift);
  if (i < t.length && t[i]! < span.to - shift) return true;
  return i > 0 && i < t.length && !Number.isNaN(v[i - 1]!) && !Number.isNaN(v[i]!);
}
