import { type Clock, justAfter, throwIfCancelled } from '@sisock/core';
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
  readonly #budgetMs: number;

  /** `budgetMs`: that one call may spend on finding; what is left is null and found by the next one. */
  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  /** Null where there is no such cadence, or none is known yet. */
  async of(index: ArchiveIndex, view: FeedsView, timelines: Iterable<ArchiveTimeline>, signal?: AbortSignal) {
    const found = new Map<ArchiveTimeline, number | null>();
    const since = performance.now();
    for (const timeline of timelines) {
      const known = this.#known.get(timeline.name);
      if (known && Math.abs(this.#clock() - known.at) < freshSec) found.set(timeline, known.interval);
      else if (performance.now() - since < this.#budgetMs) {
        found.set(timeline, await this.#find(index, view, timeline, signal));
      }
      throwIfCancelled(signal);
    }
    return found;
  }

  async #find(
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
