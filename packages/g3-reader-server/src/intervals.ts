import { type Clock, justAfter } from '@sisock/core';
import type { ArchiveIndex, FeedsView, TimedRun } from './archive-index.js';
import { planFrames } from './frame-plan.js';
import { type ArchiveTimeline, secondsOf } from './timelines.js';

/** Frames the cadence is told from, and how far back they are looked for, in seconds. */
const newestFrames = 32;
const lookBack = [1_800, 172_800];
/** A cadence that is known is looked for again after so many seconds. */
const freshSec = 600;

/** The usual time between samples of a timeline, told from its newest frames as the index has them: no file is opened. */
export class Intervals {
  readonly #known = new Map<string, { readonly interval: number | null; readonly at: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is known of a timeline already, and still fresh; undefined otherwise. */
  known({ name }: ArchiveTimeline): number | null | undefined {
    const known = this.#known.get(name);
    return known && Math.abs(this.#clock() - known.at) < freshSec ? known.interval : undefined;
  }

  /** Null where there is no such cadence. */
  async find(
    index: ArchiveIndex,
    view: FeedsView,
    timeline: ArchiveTimeline,
    signal?: AbortSignal,
  ): Promise<number | null> {
    const { feed, name, fields, span } = timeline;
    const last = secondsOf(span.last);
    const owns = new Set([...fields.values()].map(({ own }) => own));
    let interval: number | null = null;
    for (const seconds of lookBack) {
      const range = { start: last - seconds, end: justAfter(last) };
      const runs = await index.runs(view, { feed, fields: owns, range }, signal);
      interval = cadence(runs, owns, range);
      if (interval !== null) break;
    }
    this.#known.set(name, { interval, at: this.#clock() });
    return interval;
  }
}

function cadence(runs: readonly TimedRun[], owns: ReadonlySet<string>, range: { start: number; end: number }) {
  const frames = planFrames(runs, owns, range).slice(-newestFrames);
  const steps: number[] = [];
  frames.forEach(({ run, at, start, end }, k) => {
    const samples = run.count[at]!;
    if (samples > 1 && end > start) steps.push((end - start) / (samples - 1));
    else if (k > 0 && start > frames[k - 1]!.end) steps.push(start - frames[k - 1]!.end);
  });
  if (steps.length === 0) return null;
  steps.sort((a, b) => a - b);
  return Math.round(steps[steps.length >> 1]! * 1e6) / 1e6 || null;
}
