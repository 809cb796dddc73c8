import type { TickSpan } from '@sisock/archive';
import { SisockError, type TimeRange, toSisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import type { ChangedSpan } from './data-changes.js';
import type { PlannedFrame } from './frame-plan.js';
import { secondsOf } from './timelines.js';

/** What of the frames of a block in one file can't be read. */
interface BadRun {
  readonly feed: string;
  readonly block: string;
  /** By offset; the first ones, where there are many. */
  readonly frames: Map<number, PlannedFrame>;
  /** Of all of them. */
  span: TickSpan;
}

interface Trouble {
  readonly message: string;
  /** By feed and block. */
  readonly runs: Map<string, BadRun>;
}

/** Files remembered, frames remembered of a run, and files told of in the log before it is kept short. */
const mostFiles = 10_000;
const mostFrames = 64;
const mostTold = 100;

/**
 * Frames that the index names and that can't be read: their files are told of once, in the log and by health, until one of
 * their frames can be read again.
 */
export class Troubles {
  readonly #log: Logger;
  readonly #files = new Map<string, Trouble>();
  readonly #epochs = new Map<string, number>();
  #told = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** How many files there are with frames that can't be read. */
  get files(): number {
    return this.#files.size;
  }

  /** Rises with everything that comes and goes of a feed here: an answer made before may look different now. */
  epochOf(feed: string): number {
    return this.#epochs.get(feed) ?? 0;
  }

  /** What is wrong, for people; null when nothing is. */
  get message(): string | null {
    for (const { message } of this.#files.values()) {
      return this.#files.size === 1 ? message : `${message} (and ${this.#files.size - 1} more files)`;
    }
    return null;
  }

  /** Returns what of the data is missing now that was not before. */
  add(frame: PlannedFrame, thrown: unknown): readonly ChangedSpan[] {
    const { path, feed, block } = frame.run;
    let trouble = this.#files.get(path);
    if (!trouble) {
      if (this.#files.size >= mostFiles) return [];
      const message = `${path} is not served at byte ${frame.offset}: ${reason(thrown)}`;
      this.#files.set(path, (trouble = { message, runs: new Map() }));
      this.#tell(path, frame.offset, message);
    }
    const span = spanOf(frame);
    let bad = trouble.runs.get(keyOf(frame));
    if (!bad) trouble.runs.set(keyOf(frame), (bad = { feed, block, frames: new Map(), span }));
    if (bad.frames.has(frame.offset)) return [];
    if (bad.frames.size < mostFrames) bad.frames.set(frame.offset, frame);
    else if (bad.span.first <= span.first && bad.span.last >= span.last) return [];
    bad.span = joined(bad.span, span);
    this.#rise(feed);
    return [{ feed, block, span }];
  }

  /** A frame was read: its file is well again, as far as is known. Returns what could not be read of it before. */
  recover(frame: PlannedFrame): readonly ChangedSpan[] {
    const { path } = frame.run;
    const trouble = this.#files.get(path);
    if (!trouble?.runs.get(keyOf(frame))?.frames.has(frame.offset)) return [];
    this.#files.delete(path);
    if (this.#files.size === 0) this.#told = 0;
    this.#log.info({ file: path, offset: frame.offset }, `${path} can be read again`);
    const spans: ChangedSpan[] = [];
    for (const { feed, block, frames, span } of trouble.runs.values()) {
      this.#rise(feed);
      if (frames.size >= mostFrames) spans.push({ feed, block, span });
      else for (const one of frames.values()) spans.push({ feed, block, span: spanOf(one) });
    }
    return spans;
  }

  /** True when a frame of the feed that meets the range may be missing. */
  touch(feed: string, { start, end }: TimeRange): boolean {
    if (this.#files.size >= mostFiles) return true;
    for (const { runs } of this.#files.values()) {
      for (const { feed: own, span } of runs.values()) {
        if (own === feed && secondsOf(span.first) < end && secondsOf(span.last) >= start) return true;
      }
    }
    return false;
  }

  /** One frame of each file, to look whether it can be read again. */
  samples(most: number): PlannedFrame[] {
    const frames: PlannedFrame[] = [];
    for (const { runs } of this.#files.values()) {
      if (frames.length >= most) break;
      const [bad] = runs.values();
      const [frame] = bad?.frames.values() ?? [];
      if (frame) frames.push(frame);
    }
    return frames;
  }

  #rise(feed: string): void {
    this.#epochs.set(feed, this.epochOf(feed) + 1);
  }

  #tell(file: string, offset: number, message: string): void {
    this.#told++;
    if (this.#told <= mostTold) this.#log.warn({ file, offset }, message);
    else if (this.#told === mostTold + 1) this.#log.warn('more files that can not be read are not told of one by one');
  }
}

function keyOf({ run }: PlannedFrame): string {
  return JSON.stringify([run.feed, run.block]);
}

function spanOf({ run, at }: PlannedFrame): TickSpan {
  return { first: run.minTick[at]!, last: run.maxTick[at]! };
}

function joined(a: TickSpan, b: TickSpan): TickSpan {
  return { first: a.first < b.first ? a.first : b.first, last: a.last > b.last ? a.last : b.last };
}

function reason(thrown: unknown): string {
  if (thrown instanceof SisockError) return thrown.message;
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : toSisockError(thrown).message;
}
