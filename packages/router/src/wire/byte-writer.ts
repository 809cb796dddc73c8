import { TooLargeError } from './limits.js';

const initialBytes = 4096;
const keptBytes = 1 << 20;

/** A growing buffer with an upper limit; the base of the three writers. */
export class ByteWriter {
  protected buffer: Buffer = Buffer.allocUnsafeSlow(initialBytes);
  length = 0;
  lossy = 0;
  private limit = Infinity;
  /** Where `room` must look twice: the end of the buffer or the limit. */
  private ceiling = initialBytes;

  /** Empties it; later writes throw TooLargeError beyond `limit` bytes. */
  reset(limit: number): void {
    this.length = 0;
    this.lossy = 0;
    this.limit = limit;
    if (this.buffer.length > keptBytes) this.buffer = Buffer.allocUnsafeSlow(initialBytes);
    this.ceiling = Math.min(limit, this.buffer.length);
  }

  copyTo(target: Buffer, at: number): void {
    this.buffer.copy(target, at, 0, this.length);
  }

  take(): Buffer {
    const out = Buffer.allocUnsafe(this.length);
    this.copyTo(out, 0);
    return out;
  }

  /** Makes room for `count` bytes and gives the offset to write them at. */
  protected room(count: number): number {
    const at = this.length;
    const wanted = at + count;
    if (wanted > this.ceiling) this.grow(wanted);
    this.length = wanted;
    return at;
  }

  protected byte(value: number): void {
    const at = this.room(1);
    this.buffer[at] = value;
  }

  protected copy(source: Buffer, start: number, end: number): void {
    const at = this.room(end - start);
    source.copy(this.buffer, at, start, end);
  }

  private grow(wanted: number): void {
    if (wanted > this.limit) throw new TooLargeError(`more than ${this.limit} bytes after the change of serializer`);
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
    this.ceiling = Math.min(this.limit, larger.length);
  }
}
