import { join } from 'node:path';
import { ByteWriter } from '@sisock/codecs/packed';
import type { LogIo } from './log-io.js';
import { currentFormat, writeHeader } from './records.js';
import { beginFrame, endFrame, magic } from './segment-frames.js';

/** A file of the log. */
export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  bytes: number;
  /** Latest time of a row in it. */
  newest: number;
  packed: boolean;
}

export function segmentName(number: number): string {
  return `${String(number).padStart(10, '0')}.log`;
}

export interface SegmentWriterOptions {
  readonly directory: string;
  readonly io: LogIo;
  readonly firstNumber: number;
  /** A file is finished when it has so many bytes. */
  readonly segmentBytes: number;
  /** What is not written yet, at most: beyond it rows are given up while nothing can be written. */
  readonly maxPendingBytes: number;
  /** Whether files are synced when they are finished. */
  readonly syncs: boolean;
  /** Called before a file is made. May throw: then it can't be made for now. */
  readonly prepare: () => void;
  readonly onSealed: (file: SegmentFile) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Told of how many files there was something to sync. */
  readonly onSynced: (files: number) => void;
  readonly onRecovered: () => void;
}

/** Events share a write as long as nobody asks for them. */
const flushAtBytes = 262_144;
const keptBytes = 2 * flushAtBytes;

/**
 * Writes frames to one file after the other. A write that fails is done again at the same place of the same file when
 * `flush` is called next, so that nothing half-written is ever in between.
 */
export class SegmentWriter {
  readonly #o: SegmentWriterOptions;
  readonly #pending = new ByteWriter(4096);
  #frame = -1;
  #next: number;
  #file: SegmentFile | null = null;
  #fd: number | null = null;
  #dirty = new Set<number>();
  #retired: { readonly fd: number; readonly file: SegmentFile }[] = [];
  #running: Promise<void> | null = null;
  #queued: Promise<void> | null = null;
  #scheduled: NodeJS.Immediate | null = null;
  isStalled = false;

  constructor(options: SegmentWriterOptions) {
    this.#o = options;
    this.#next = options.firstNumber;
  }

  /** The file that rows go to now; null between two. */
  get file(): SegmentFile | null {
    return this.#file;
  }

  /** False where there is no room for more, while nothing can be written. */
  get hasRoom(): boolean {
    return !this.isStalled || this.#pending.length < this.#o.maxPendingBytes;
  }

  get isSynced(): boolean {
    return this.#dirty.size === 0 && this.#running === null && this.#queued === null;
  }

  /** Where records are to be written to. `newest`: latest time of their rows. */
  begin(newest: number): ByteWriter {
    const out = this.#pending;
    if (!this.#file) {
      const number = this.#next++;
      const path = join(this.#o.directory, segmentName(number));
      this.#file = { number, path, bytes: 0, newest: -Infinity, packed: false };
      out.raw(magic);
    }
    if (this.#frame < 0) {
      this.#frame = beginFrame(out);
      if (this.#frame === magic.length) writeHeader(out, { format: currentFormat, packed: false });
    }
    if (newest > this.#file.newest) this.#file.newest = newest;
    return out;
  }

  /** To be called after each `begin`. */
  end(): void {
    if (this.isStalled) return;
    if (this.#pending.length >= flushAtBytes) this.flush();
    else this.#scheduled ??= setImmediate(() => this.flush());
  }

  /** Hands what is pending to the operating system. Never throws. */
  flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled);
    this.#scheduled = null;
    if (this.#frame < 0) return;
    try {
      this.#write();
    } catch (error) {
      this.isStalled = true;
      this.#o.onTrouble(error);
      return;
    }
    if (this.isStalled) this.#o.onRecovered();
    this.isStalled = false;
    if (this.#file!.bytes >= this.#o.segmentBytes) this.seal();
  }

  #write(): void {
    const { io } = this.#o;
    const file = this.#file!;
    if (this.#fd === null) {
      this.#o.prepare();
      this.#fd = io.open(file.path);
    }
    endFrame(this.#pending, this.#frame);
    const { bytes } = this.#pending;
    try {
      for (let at = 0; at < bytes.length;) at += io.write(this.#fd, bytes.subarray(at), file.bytes + at);
    } catch (error) {
      try {
        io.truncate(this.#fd, file.bytes);
      } catch {
        // What stands there is written over by the next try, and fails its checksum until then.
      }
      throw error;
    }
    this.#dirty.add(this.#fd);
    file.bytes += bytes.length;
    this.#pending.clear(keptBytes);
    this.#frame = -1;
  }

  /** Finishes the file; what comes next goes to a new one. */
  seal(): void {
    if (this.#frame >= 0) this.flush();
    if (this.#fd === null || this.#frame >= 0) return;
    this.#retired.push({ fd: this.#fd, file: this.#file! });
    this.#fd = null;
    this.#file = null;
    if (this.#o.syncs) void this.sync();
    else this.#closeRetired(this.#retired.splice(0));
  }

  /** Resolves when all that was written before is on the disk. Those who ask meanwhile share one. Never rejects. */
  sync(): Promise<void> {
    this.#queued ??= (async () => {
      await this.#running;
      this.#running = this.#queued;
      this.#queued = null;
      await this.#syncFiles();
      if (this.#queued === null) this.#running = null;
    })();
    return this.#queued;
  }

  #closeRetired(list: readonly { readonly fd: number; readonly file: SegmentFile }[]): void {
    for (const { fd, file } of list) {
      this.#dirty.delete(fd);
      this.#o.io.close(fd);
      this.#o.onSealed(file);
    }
  }

  async #syncFiles(): Promise<void> {
    const retired = this.#retired.splice(0);
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    try {
      for (const fd of dirty) await this.#o.io.sync(fd);
      this.#o.onSynced(dirty.length);
    } catch (error) {
      this.#o.onTrouble(error);
    }
    this.#closeRetired(retired);
  }

  /** Writes, syncs and closes what can be. */
  async close(): Promise<void> {
    this.seal();
    if (this.#scheduled) clearImmediate(this.#scheduled);
    await this.sync();
    if (this.#fd !== null) this.#o.io.close(this.#fd);
    this.#fd = null;
  }
}
