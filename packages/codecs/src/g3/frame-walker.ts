import { FrameScan } from './frame-scan.js';
import { defaultG3Limits } from './limits.js';
import { G3Damage, type G3Frame, type G3Limits, type WalkedFrame } from './types.js';

export interface FrameWalkerOptions {
  /** Of the first byte that comes; 0. */
  readonly offset?: number;
  readonly limits?: Partial<G3Limits>;
  /** Frames are good only until the next push: two buffers do for all that come in several pieces. */
  readonly reuse?: boolean;
}

const nothing = new Uint8Array(0);

/**
 * Walks over the frames of a file as its bytes come, in pieces of any size, and checks the CRC of each. Begins at
 * `offset`, which is the first byte of a frame. Holds at most one frame that isn't whole, up to `limits.frameBytes`.
 * After damage nothing more is given: g3 has no mark to find the next frame by. docs/g3.md, "Frames".
 *
 * A frame that lies whole in a piece is a view of it: pieces must not be written to while their frames are in use.
 */
export class FrameWalker {
  readonly #limits: G3Limits;
  readonly #reuse: boolean;
  #scan: FrameScan;
  #kept = nothing;
  /** Room for the next frame that isn't whole, while one that was is in use. */
  #spare = nothing;
  #damage: G3Damage | null = null;

  constructor(options: FrameWalkerOptions = {}) {
    this.#limits = { ...defaultG3Limits, ...options.limits };
    this.#reuse = options.reuse ?? false;
    this.#scan = new FrameScan(options.offset ?? 0, this.#limits);
  }

  /** The end of the last whole frame: where to go on when the file has grown. */
  get goodOffset(): number {
    return this.#scan.offset;
  }

  get damage(): G3Damage | null {
    return this.#damage;
  }

  /** @returns the frames that end in this piece; see {@link damage} for why there may be less than expected. */
  push(piece: Uint8Array): WalkedFrame[] {
    const walked: WalkedFrame[] = [];
    if (this.#damage !== null) return walked;
    const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
    let at = 0;
    try {
      while (at < bytes.length) {
        const from = at;
        const before = this.#scan.length;
        at = this.#scan.feed(bytes, at);
        if (this.#scan.done) walked.push(this.#take(bytes.subarray(from, at), before));
        else this.#keep(bytes.subarray(from, at), before);
      }
    } catch (thrown) {
      if (!(thrown instanceof G3Damage)) throw thrown;
      this.#damage = thrown;
      this.#kept = this.#spare = nothing;
    }
    return walked;
  }

  /**
   * Says that no more bytes come.
   * @returns the damage found before, `truncated` inside a frame, null at a frame's end.
   */
  end(): G3Damage | null {
    const { offset, length } = this.#scan;
    if (this.#damage === null && length > 0) {
      const message = `frame at ${offset}: the file ends after ${length} bytes of it`;
      this.#damage = new G3Damage('truncated', offset, message);
      this.#kept = this.#spare = nothing;
    }
    return this.#damage;
  }

  /** The frame that is done; `last` is what of it was in this piece, `before` what came earlier. */
  #take(last: Uint8Array, before: number): WalkedFrame {
    const scan = this.#scan;
    const { offset, length, type } = scan;
    let frame: G3Frame | null = null;
    if (length <= this.#limits.frameBytes) {
      if (before === 0) {
        frame = scan.frame(last);
      } else {
        this.#keep(last, before);
        frame = scan.frame(this.#kept.subarray(0, length));
      }
    }
    if (!this.#reuse) this.#kept = nothing;
    else if (before > 0) [this.#kept, this.#spare] = [this.#spare, this.#kept];
    this.#scan = new FrameScan(offset + length, this.#limits);
    return { offset, length, type, frame };
  }

  /** Holds bytes of a frame that isn't whole. Room grows with what came, never by what a length says. */
  #keep(bytes: Uint8Array, before: number): void {
    const length = before + bytes.length;
    const { frameBytes } = this.#limits;
    if (length > frameBytes) {
      this.#kept = nothing;
      this.#scan.forgetPlaces();
      return;
    }
    if (length > this.#kept.length) {
      const room = Math.min(Math.max(length, this.#kept.length * 2), frameBytes);
      const grown = new Uint8Array(room);
      grown.set(this.#kept.subarray(0, before));
      this.#kept = grown;
    }
    this.#kept.set(bytes, before);
  }
}

/**
 * One whole frame, from its endian flag to its CRC, which is checked.
 * @param offset where it stands in the file, for damage.
 * @throws G3Damage `crc`, `structure`, `too_large`; `truncated` where bytes are missing.
 */
export function parseFrame(bytes: Uint8Array, offset: number, limits: Partial<G3Limits> = {}): G3Frame {
  const all = { ...defaultG3Limits, ...limits };
  if (bytes.length > all.frameBytes) {
    const message = `frame at ${offset}: ${bytes.length} bytes are more than the ${all.frameBytes} allowed`;
    throw new G3Damage('too_large', offset, message);
  }
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const scan = new FrameScan(offset, all);
  const end = scan.feed(plain, 0);
  if (!scan.done) {
    throw new G3Damage('truncated', offset, `frame at ${offset}: ${bytes.length} bytes are not all of it`);
  }
  if (end < bytes.length) {
    throw new G3Damage('structure', offset, `frame at ${offset}: it has ${end} bytes, not ${bytes.length}`);
  }
  return scan.frame(plain);
}
