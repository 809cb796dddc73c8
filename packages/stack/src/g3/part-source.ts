import { type Column, SisockError } from '@sisock/core';
import { decodeHk, type G3Damage, type G3Frame, type HkBlock, type WalkedFrame } from '@sisock/codecs/g3';
import { compressionOf, FrameFiles, walkFile } from '@sisock/g3-files';
import type { Part } from './find-parts.js';

/** Samples of one part. */
export interface PartSamples {
  readonly ticks: BigInt64Array;
  readonly column: Column;
}

/** Gives parts, in any order, each once. */
export interface PartSource {
  read(part: Part): Promise<PartSamples>;
  close(): Promise<void>;
}

/** Parts of many files: single frames are read out of plain ones, compressed ones are gone through. */
export function openParts(files: readonly string[], name: string, parts: readonly Part[]): PartSource {
  const frameFiles = new FrameFiles();
  const walkers = new Map<number, CompressedParts>();
  return {
    read: async (part) => {
      const path = files[part.file]!;
      if (compressionOf(path) === 'none') {
        return samplesOf(await frameFiles.frame(path, part.offset, part.length), part.index, name, path);
      }
      let walker = walkers.get(part.file);
      if (walker === undefined) {
        walker = new CompressedParts(
          path,
          name,
          parts.filter(({ file }) => file === part.file),
        );
        walkers.set(part.file, walker);
      }
      return walker.read(part);
    },
    close: async () => {
      await Promise.all([frameFiles.close(), ...[...walkers.values()].map((walker) => walker.close())]);
    },
  };
}

/** Parts of a compressed file: those that stand before the one that is asked for are kept until they are. */
class CompressedParts {
  readonly #path: string;
  readonly #name: string;
  readonly #walk: AsyncGenerator<WalkedFrame, G3Damage | null>;
  readonly #wanted = new Map<number, Part[]>();
  readonly #kept = new Map<Part, PartSamples>();

  constructor(path: string, name: string, parts: readonly Part[]) {
    this.#path = path;
    this.#name = name;
    this.#walk = walkFile(path);
    for (const part of parts) this.#wanted.set(part.offset, [...(this.#wanted.get(part.offset) ?? []), part]);
  }

  async read(part: Part): Promise<PartSamples> {
    while (!this.#kept.has(part)) {
      const { done, value } = await this.#walk.next();
      if (done === true) throw changed(this.#path);
      if (value.frame === null) continue;
      for (const wanted of this.#wanted.get(value.offset) ?? []) {
        this.#kept.set(wanted, samplesOf(value.frame, wanted.index, this.#name, this.#path));
      }
    }
    const samples = this.#kept.get(part)!;
    this.#kept.delete(part);
    return samples;
  }

  async close(): Promise<void> {
    await this.#walk.return(null);
  }
}

function samplesOf(frame: G3Frame, index: number, name: string, path: string): PartSamples {
  const hk = decodeHk(frame, { fields: new Set([name]), blocks: new Set([index]) });
  const block: HkBlock | undefined = hk.kind === 'data' ? hk.blocks.find((b) => b.index === index) : undefined;
  const column = block?.columns.get(name);
  if (block === undefined || column === undefined) throw changed(path);
  return { ticks: block.ticks, column };
}

function changed(path: string): SisockError {
  return new SisockError('bad_data', `${JSON.stringify(path)} changed while it was read`);
}
