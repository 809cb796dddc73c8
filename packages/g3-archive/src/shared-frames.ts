import { SharedWork } from '@sisock/blocks';
import type { G3Frame } from '@sisock/codecs/g3';
import { throwIfCancelled, toSisockError } from '@sisock/core';
import type { FrameFiles } from '@sisock/g3-files';
import type { PlannedFrame } from './frame-plan.js';

/** A frame, or why it can't be read. */
export type ReadFrame = { readonly frame: G3Frame } | { readonly trouble: unknown };

/** Some frames of one file that are being read. */
type Reading = SharedWork<readonly ReadFrame[]>;

/** Frames that several ask for at the same time are read once. */
export class SharedFrames {
  readonly #files: Pick<FrameFiles, 'frame' | 'frames'>;
  readonly #reading = new Map<string, { readonly work: Reading; readonly at: number }>();
  readonly counts = { frames: 0, bytes: 0 };

  constructor(files: Pick<FrameFiles, 'frame' | 'frames'>) {
    this.#files = files;
  }

  /**
   * Frames of one file, in the order they are asked for. `revision`: of the archive's data; what was begun to be read under
   * another one may be of a file that was replaced since. @throws SisockError `cancelled`
   */
  async read(
    frames: readonly PlannedFrame[],
    revision: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly ReadFrame[]> {
    const names = frames.map(({ fileId, offset }) => `${fileId} ${offset} ${revision}`);
    const found = names.map((name) => this.#reading.get(name));
    const isUnderWay = (i: number) => found[i] !== undefined && !found[i].work.stopped;
    const missing = [...frames.keys()].filter((i) => !isUnderWay(i));
    const places = [...found];
    if (missing.length > 0) {
      const work = this.#start(
        missing.map((i) => frames[i]!),
        missing.map((i) => names[i]!),
      );
      missing.forEach((i, at) => (places[i] = { work, at }));
    }
    // All are waited for from now on: none of them stops while another is still read.
    const works = new Set(places.map((place) => place!.work));
    const read = new Map<Reading, readonly ReadFrame[]>();
    await Promise.all([...works].map(async (work) => read.set(work, await work.wait(signal))));
    return places.map((place) => read.get(place!.work)![place!.at]!);
  }

  #start(frames: readonly PlannedFrame[], names: readonly string[]): Reading {
    const forget = () => {
      for (const name of names) if (this.#reading.get(name)?.work === work) this.#reading.delete(name);
    };
    const work: Reading = new SharedWork(async (signal) => {
      try {
        return await this.#readAll(frames, signal);
      } finally {
        forget();
      }
    });
    names.forEach((name, at) => this.#reading.set(name, { work, at }));
    return work;
  }

  async #readAll(frames: readonly PlannedFrame[], signal: AbortSignal): Promise<readonly ReadFrame[]> {
    try {
      const places = frames.map(({ offset, run, at }) => ({ offset, length: run.length[at]! }));
      const read = await this.#files.frames(frames[0]!.run.path, places, signal);
      return read.map((frame) => this.#counted(frame));
    } catch (thrown) {
      throwIfOver(thrown, signal);
      return this.#readSingly(frames, thrown, signal);
    }
  }

  /** One by one: what is wrong with one frame is not wrong with its neighbours. */
  async #readSingly(frames: readonly PlannedFrame[], thrown: unknown, signal: AbortSignal): Promise<ReadFrame[]> {
    const wholeFile = toSisockError(thrown).code !== 'bad_data';
    const read: ReadFrame[] = [];
    for (const { run, at, offset } of frames) {
      try {
        if (wholeFile) throw thrown;
        read.push(this.#counted(await this.#files.frame(run.path, offset, run.length[at]!, signal)));
      } catch (trouble) {
        throwIfOver(trouble, signal);
        read.push({ trouble });
      }
    }
    return read;
  }

  #counted(frame: G3Frame): ReadFrame {
    this.counts.frames++;
    this.counts.bytes += frame.bytes.length;
    return { frame };
  }
}

function throwIfOver(thrown: unknown, signal: AbortSignal): void {
  throwIfCancelled(signal);
  const { code } = toSisockError(thrown);
  if (code === 'cancelled' || code === 'timeout') throw thrown;
}
