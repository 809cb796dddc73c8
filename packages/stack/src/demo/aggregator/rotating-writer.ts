import { type Logger, pathCure, pathErrorCode } from '@sisock/runtime';
import { FrameFile } from './frame-file.js';

export interface WriterOptions {
  readonly directory: string;
  /** Seconds after which the next file begins. */
  readonly timePerFile: number;
  readonly log: Logger;
  /** Bytes of frames that wait for a disk that takes nothing; above it the oldest data are given up. */
  readonly maxWaiting?: number;
}

/** A frame on its way to the disk. */
export interface OutgoingFrame {
  readonly kind: 'status' | 'data';
  readonly bytes: Uint8Array;
}

const defaultMaxWaiting = 32_000_000;

/**
 * Writes frames into files that begin anew every so often, each with the session and the last status. What the disk
 * doesn't take waits here and is tried again.
 */
export class RotatingWriter {
  readonly #options: WriterOptions;
  readonly #session: Uint8Array;
  readonly #waiting: OutgoingFrame[] = [];
  #waitingBytes = 0;
  #status: Uint8Array | null = null;
  #file: FrameFile | null = null;
  /** Frames of the file beyond those it begins with. */
  #fileHolds = 0;
  #problem: string | null = null;
  files = 0;
  bytes = 0;
  /** Data frames given up. */
  lost = 0;

  constructor(session: Uint8Array, options: WriterOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** The file that grows. */
  get path(): string | null {
    return this.#file?.path ?? null;
  }

  /** Why nothing can be written just now, and what mends it, in one line; null while it can. */
  get problem(): string | null {
    return this.#problem;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes frames; {@link flush} writes them. */
  push(frame: OutgoingFrame): void {
    this.#waiting.push(frame);
    this.#waitingBytes += frame.bytes.length;
    while (this.#waitingBytes > (this.#options.maxWaiting ?? defaultMaxWaiting)) {
      const oldest = this.#waiting.findIndex(({ kind }) => kind === 'data');
      if (oldest < 0) return;
      this.#waitingBytes -= this.#waiting.splice(oldest, 1)[0]!.bytes.length;
      this.lost++;
    }
  }

  /** Writes what waits. Trouble with the disk is one line when it begins and one when it ends. */
  async flush(now: number): Promise<void> {
    try {
      if (this.#waiting.length > 0 && (await this.#file?.isGone()) === true) await this.#end();
      while (this.#waiting.length > 0) {
        const frame = this.#waiting[0]!;
        const file = this.#file ?? (await this.#begin(frame, now));
        await this.#append(file, frame.bytes);
        this.#fileHolds++;
        if (frame.kind === 'status') this.#status = frame.bytes;
        this.#waiting.shift();
        this.#waitingBytes -= frame.bytes.length;
      }
      if (this.#file && Math.abs(now - this.#file.beganAt) > this.#options.timePerFile) await this.#end();
      if (this.#problem !== null) this.#options.log.warn({ lost: this.lost }, 'g3 files are written again');
      this.#problem = null;
    } catch (error) {
      // Perhaps the file itself is what is broken; the next try begins another one.
      await this.#end();
      const { directory, log } = this.#options;
      const code = pathErrorCode(error);
      if (this.#problem === null) {
        log.error({ code, directory }, `g3 files can't be written (${code}): tried again until they can`);
      }
      this.#problem = `g3 files can't be written below ${directory}: ${code}; ${pathCure(code, 'write')}`;
    }
  }

  async close(now: number): Promise<void> {
    await this.flush(now);
    await this.#end();
  }

  async #begin(first: OutgoingFrame, now: number): Promise<FrameFile> {
    const file = await FrameFile.create(this.#options.directory, now);
    this.#file = file;
    this.#fileHolds = 0;
    await this.#append(file, this.#session);
    if (first.kind === 'data' && this.#status) await this.#append(file, this.#status);
    this.files++;
    return file;
  }

  async #append(file: FrameFile, bytes: Uint8Array): Promise<void> {
    await file.append(bytes);
    this.bytes += bytes.length;
  }

  async #end(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    // A disk that stays full must not get a file a second with nothing in it.
    await (this.#fileHolds > 0 ? file?.close() : file?.discard())?.catch(() => undefined);
  }
}
