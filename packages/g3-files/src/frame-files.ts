import type { FileHandle } from 'node:fs/promises';
import { SisockError, throwIfCancelled } from '@sisock/core';
import { defaultG3Limits, G3Damage, type G3Frame, type G3Limits, parseFrame } from '@sisock/codecs/g3';
import { compressionOf } from './compressed.js';
import { HandlePool } from './handle-pool.js';
import { readAt } from './open-file.js';

export interface FrameFilesOptions {
  /** Most files held open; 64. */
  readonly maxOpen?: number;
  readonly limits?: Partial<G3Limits>;
  /** Neighbouring frames are read at once up to so many bytes; 4 MiB. */
  readonly readBytes?: number;
  /** Frames are neighbours when at most so many bytes lie between them; 64 KiB. */
  readonly gapBytes?: number;
}

/** Where a frame stands in its file. */
export interface FramePlace {
  readonly offset: number;
  readonly length: number;
}

/** Single frames out of files, which stay open between calls. CRC and structure of every frame are checked. */
export class FrameFiles {
  readonly #pool: HandlePool;
  readonly #limits: G3Limits;
  readonly #readBytes: number;
  readonly #gapBytes: number;

  constructor(options: FrameFilesOptions = {}) {
    this.#pool = new HandlePool(options.maxOpen ?? 64);
    this.#limits = { ...defaultG3Limits, ...options.limits };
    this.#readBytes = options.readBytes ?? 4 * 1024 * 1024;
    this.#gapBytes = options.gapBytes ?? 64 * 1024;
  }

  /** Files that are open now. */
  get openFiles(): number {
    return this.#pool.size;
  }

  /**
   * @throws G3Damage when no such frame stands there (any more); `truncated` where the file ends before
   * @throws SisockError `not_found`, `not_authorized`, `unavailable`, `bad_request`, `cancelled`
   */
  async frame(path: string, offset: number, length: number, signal?: AbortSignal): Promise<G3Frame> {
    const [frame] = await this.frames(path, [{ offset, length }], signal);
    return frame!;
  }

  /**
   * Frames in the order they are asked for. Those that stand side by side are read at once, and are views of one buffer:
   * it lives as long as one of them does.
   * @throws as {@link frame}: one frame that can't be read fails the call
   */
  async frames(path: string, places: readonly FramePlace[], signal?: AbortSignal): Promise<G3Frame[]> {
    throwIfCancelled(signal);
    if (compressionOf(path) !== 'none') {
      throw new SisockError(
        'bad_request',
        `${JSON.stringify(path)} is compressed: its frames can't be read one by one`,
      );
    }
    for (const place of places) this.#check(path, place);
    const frames = new Array<G3Frame>(places.length);
    if (places.length === 0) return frames;
    await this.#pool.use(path, async (handle) => {
      for (const run of this.#runs(places)) {
        throwIfCancelled(signal);
        await this.#read(handle, path, places, run, frames);
      }
    });
    return frames;
  }

  /** Closes idle files now and those in use when they are done; later calls fail with `unavailable`. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #read(
    handle: FileHandle,
    path: string,
    places: readonly FramePlace[],
    run: readonly number[],
    frames: G3Frame[],
  ): Promise<void> {
    const from = places[run[0]!]!.offset;
    const to = Math.max(...run.map((i) => places[i]!.offset + places[i]!.length));
    const bytes = await readAt(handle, path, from, to - from);
    for (const i of run) {
      const { offset, length } = places[i]!;
      const at = offset - from;
      if (at + length > bytes.length) {
        const message = `frame at ${offset}: ${JSON.stringify(path)} ends ${at + length - bytes.length} bytes before its end`;
        throw new G3Damage('truncated', offset, message);
      }
      frames[i] = parseFrame(bytes.subarray(at, at + length), offset, this.#limits);
    }
  }

  /** Places of `places`, by what is read at once. */
  *#runs(places: readonly FramePlace[]): Generator<number[]> {
    const order = places.map((_, i) => i).sort((a, b) => places[a]!.offset - places[b]!.offset);
    let run: number[] = [];
    let from = 0;
    let to = 0;
    for (const i of order) {
      const { offset, length } = places[i]!;
      const end = Math.max(to, offset + length);
      if (run.length > 0 && (offset - to > this.#gapBytes || end - from > this.#readBytes)) {
        yield run;
        run = [];
      }
      if (run.length === 0) from = offset;
      to = run.length === 0 ? offset + length : end;
      run.push(i);
    }
    if (run.length > 0) yield run;
  }

  #check(path: string, { offset, length }: FramePlace): void {
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && Number.isSafeInteger(offset + length);
    if (!whole || offset < 0 || length < 1) {
      throw new SisockError('bad_request', `${JSON.stringify(path)}: no frame of ${length} bytes can be at ${offset}`);
    }
    const { frameBytes } = this.#limits;
    if (length > frameBytes) {
      const message = `frame at ${offset}: its ${length} bytes are more than the ${frameBytes} allowed`;
      throw new G3Damage('too_large', offset, message);
    }
  }
}
