import type { Samples } from './sample-lines.js';

/** Bytes of bookkeeping a file, roughly. */
const overhead = 200;

/** Samples of files in memory, up to a limit of bytes; the least recently used go first. */
export class SampleCache {
  readonly #held = new Map<string, Samples>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** What it holds now; never above the limit. */
  get bytes(): number {
    return this.#bytes;
  }

  get files(): number {
    return this.#held.size;
  }

  get(file: string): Samples | undefined {
    const samples = this.#held.get(file);
    if (samples === undefined) return undefined;
    this.#held.delete(file);
    this.#held.set(file, samples);
    return samples;
  }

  /** A file that is larger than the limit is not held. */
  set(file: string, samples: Samples): void {
    this.delete(file);
    const size = sizeOf(samples);
    if (size > this.#limit) return;
    this.#held.set(file, samples);
    this.#bytes += size;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
    }
  }

  delete(file: string): void {
    const samples = this.#held.get(file);
    if (samples === undefined) return;
    this.#held.delete(file);
    this.#bytes -= sizeOf(samples);
  }
}

function sizeOf({ t, v }: Samples): number {
  return t.byteLength + v.byteLength + overhead;
}
