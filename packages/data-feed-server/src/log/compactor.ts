import { readFile, rename, rm } from 'node:fs/promises';
import type { Logger } from '@sisock/runtime';
import { compactSegment } from './compact-segment.js';
import { type LogIo, syncDirectory } from './log-io.js';
import { temporarySuffix } from './replay.js';
import { magic } from './segment-frames.js';
import type { SegmentFile } from './segment-writer.js';
import { TurnTaker } from './turn-taker.js';

export interface CompactorOptions {
  readonly directory: string;
  readonly io: LogIo;
  readonly log: Logger;
  /** False for files that were removed meanwhile. */
  readonly isWanted: (file: SegmentFile) => boolean;
  /** Told of a file that is gone, since nothing in it can be read. */
  readonly onGone: (file: SegmentFile) => void;
}

/** After a failure (a full disk) the next try waits this long, in ms. */
const pauseMs = 30_000;

/**
 * Writes finished files anew, compactly, one by one in the background. The new file takes the old one's place by its name
 * and only when it is on the disk: whenever the process dies, one of them is there, whole.
 */
export class Compactor {
  readonly #o: CompactorOptions;
  readonly #queue = new Set<SegmentFile>();
  #running: Promise<void> | null = null;
  #pause: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: CompactorOptions) {
    this.#o = options;
  }

  add(file: SegmentFile): void {
    if (this.#closed) return;
    this.#queue.add(file);
    if (this.#pause === null) this.#running ??= this.#run().finally(() => (this.#running = null));
  }

  /** Resolves when what is queued is done. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Leaves the rest for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pause) clearTimeout(this.#pause);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const file of this.#queue) {
      if (this.#closed) return;
      try {
        await this.#compact(file);
        this.#queue.delete(file);
      } catch (error) {
        const { code } = error as { code?: string };
        await rm(file.path + temporarySuffix, { force: true }).catch(() => undefined);
        if (!this.#o.isWanted(file)) {
          this.#queue.delete(file);
          continue;
        }
        this.#o.log.warn({ file: file.path, code }, 'feed log: a file can not be compacted now, trying again later');
        this.#pause = setTimeout(() => {
          this.#pause = null;
          this.add(file);
        }, pauseMs);
        return;
      }
    }
  }

  async #compact(file: SegmentFile): Promise<void> {
    if (!this.#o.isWanted(file)) return;
    const turns = new TurnTaker();
    const bytes = await readFile(file.path);
    const steps = compactSegment(bytes);
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      await turns.take();
      if (this.#closed) return;
    }
    if (step.value === null) {
      // Only what is surely of the log's own making is removed.
      const isOurs = magic.subarray(0, bytes.length).every((byte, i) => bytes[i] === byte);
      if (isOurs) await rm(file.path, { force: true });
      else await rename(file.path, `${file.path}.damaged`);
      return this.#o.onGone(file);
    }
    await this.#write(file.path + temporarySuffix, step.value);
    if (!this.#o.isWanted(file)) return rm(file.path + temporarySuffix, { force: true });
    await rename(file.path + temporarySuffix, file.path);
    await syncDirectory(this.#o.directory);
    file.bytes = step.value.length;
    file.packed = true;
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    await rm(path, { force: true });
    const fd = this.#o.io.open(path);
    try {
      // In pieces: none holds the event loop up for long.
      for (let at = 0; at < bytes.length;) {
        at += this.#o.io.write(fd, bytes.subarray(at, at + 1_048_576), at);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await this.#o.io.sync(fd);
    } finally {
      this.#o.io.close(fd);
    }
  }
}
