import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Where OCS puts the file that begins at `seconds`: `<first five digits>/<seconds>.g3`. */
export function filePath(directory: string, seconds: number): string {
  const name = String(Math.floor(seconds));
  return join(directory, name.slice(0, 5), `${name}.g3`);
}

/** Names tried, a second apart, before a directory counts as one that can't be written. */
const mostNames = 1000;

/** A g3 file that grows by whole frames: what could not be written whole is cut off again. */
export class FrameFile {
  readonly path: string;
  readonly beganAt: number;
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(path: string, beganAt: number, handle: FileHandle) {
    this.path = path;
    this.beganAt = beganAt;
    this.#handle = handle;
  }

  /** Makes a new file; where that second's is there already, the next second's. @throws what the file system says */
  static async create(directory: string, now: number): Promise<FrameFile> {
    for (let k = 0; ; k++) {
      const path = filePath(directory, now + k);
      await mkdir(join(path, '..'), { recursive: true });
      try {
        return new FrameFile(path, now, await open(path, 'wx'));
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST' || k === mostNames) throw error;
      }
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Appends one frame by one write. @throws what the file system says; the file then ends before this frame */
  async append(frame: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < frame.length) {
        const { bytesWritten } = await this.#handle.write(frame, written, frame.length - written, this.#size + written);
        written += bytesWritten;
      }
    } catch (error) {
      if (written > 0) await this.#handle.truncate(this.#size);
      throw error;
    }
    this.#size += frame.length;
  }

  /** Somebody removed it: what is written into it is lost. */
  async isGone(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes and removes it. */
  async discard(): Promise<void> {
    await this.close();
    await unlink(this.path);
  }
}
