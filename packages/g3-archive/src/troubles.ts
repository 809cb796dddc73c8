import { SisockError, toSisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import type { PlannedFrame } from './frame-plan.js';

interface Trouble {
  readonly message: string;
  /** Some of the frames that could not be read, by their offsets. */
  readonly frames: Map<number, PlannedFrame>;
}

/** Files remembered, frames remembered of each, and files told of in the log before it is kept short. */
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
  #told = 0;
  #epoch = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** How many files there are with frames that can't be read. */
  get files(): number {
    return this.#files.size;
  }

  /** Rises with everything that comes and goes here: an answer made before may look different now. */
  get epoch(): number {
    return this.#epoch;
  }

  /** What is wrong, for people; null when nothing is. */
  get message(): string | null {
    for (const { message } of this.#files.values()) {
      return this.#files.size === 1 ? message : `${message} (and ${this.#files.size - 1} more files)`;
    }
    return null;
  }

  add(frame: PlannedFrame, thrown: unknown): void {
    const { path } = frame.run;
    let trouble = this.#files.get(path);
    if (!trouble) {
      if (this.#files.size >= mostFiles) return;
      const message = `${path} is not served at byte ${frame.offset}: ${reason(thrown)}`;
      this.#files.set(path, (trouble = { message, frames: new Map() }));
      this.#tell(path, frame.offset, message);
    }
    if (trouble.frames.has(frame.offset) || trouble.frames.size >= mostFrames) return;
    trouble.frames.set(frame.offset, frame);
    this.#epoch++;
  }

  /** A frame was read: its file is well again, as far as is known. Returns the frames that could not be read before. */
  recover(frame: PlannedFrame): readonly PlannedFrame[] {
    const { path } = frame.run;
    const trouble = this.#files.get(path);
    if (!trouble?.frames.has(frame.offset)) return [];
    this.#files.delete(path);
    this.#epoch++;
    if (this.#files.size === 0) this.#told = 0;
    this.#log.info({ file: path, offset: frame.offset }, `${path} can be read again`);
    return [...trouble.frames.values()];
  }

  /** One frame of each file, to look whether it can be read again. */
  samples(most: number): PlannedFrame[] {
    const frames: PlannedFrame[] = [];
    for (const { frames: bad } of this.#files.values()) {
      if (frames.length >= most) break;
      for (const frame of bad.values()) {
        frames.push(frame);
        break;
      }
    }
    return frames;
  }

  #tell(file: string, offset: number, message: string): void {
    this.#told++;
    if (this.#told <= mostTold) this.#log.warn({ file, offset }, message);
    else if (this.#told === mostTold + 1) this.#log.warn('more files that can not be read are not told of one by one');
  }
}

function reason(thrown: unknown): string {
  if (thrown instanceof SisockError) return thrown.message;
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : toSisockError(thrown).message;
}
