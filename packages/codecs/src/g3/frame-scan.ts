import { crc32c } from './crc32c.js';
import { G3Damage, type G3Frame, type G3Limits } from './types.js';
import { utf8 } from './text.js';

type Stage = 'header' | 'keyLength' | 'key' | 'blobLength' | 'blob' | 'crc';

const headerBytes = 13;

/**
 * Goes over the bytes of one frame, in pieces of any size: lengths are checked, the CRC is calculated, places of keys
 * and blobs are noted. Keeps no bytes of the frame.
 */
export class FrameScan {
  readonly offset: number;
  /** Bytes of the frame gone over. */
  length = 0;
  done = false;
  type = '';
  readonly #limits: G3Limits;
  /** From, to of key and blob, four numbers an entry, counted from the frame's first byte. */
  #places: number[] = [];
  #stage: Stage = 'header';
  /** Bytes of this stage still to come. */
  #left = headerBytes;
  #little = true;
  #keysLeft = 0;
  #crc = 0;
  /** The fixed field that is being read. */
  readonly #field = new Uint8Array(headerBytes);
  readonly #view = new DataView(this.#field.buffer);
  #have = 0;

  constructor(offset: number, limits: G3Limits) {
    this.offset = offset;
    this.#limits = limits;
  }

  /**
   * Goes on with `bytes` from `at`.
   * @returns the place behind the last byte used: the end of `bytes`, or of the frame where {@link done}.
   * @throws G3Damage `structure`, `too_large`, `crc`.
   */
  feed(bytes: Uint8Array, at: number): number {
    while (!this.done && (this.#left === 0 || at < bytes.length)) {
      const n = Math.min(this.#left, bytes.length - at);
      if (this.#stage === 'key' || this.#stage === 'blob') {
        this.#crc = crc32c(bytes.subarray(at, at + n), this.#crc);
      } else {
        for (let i = 0; i < n; i++) this.#field[this.#have + i] = bytes[at + i]!;
        this.#have += n;
      }
      at += n;
      this.length += n;
      this.#left -= n;
      if (this.#left === 0) this.#next();
    }
    return at;
  }

  /** The frame, when it is done; `bytes` are all of its bytes. */
  frame(bytes: Uint8Array): G3Frame {
    const entries = new Map<string, Uint8Array>();
    const places = this.#places;
    for (let i = 0; i < places.length; i += 4) {
      const key = utf8(bytes, places[i]!, places[i + 1]!);
      if (!entries.has(key)) entries.set(key, bytes.subarray(places[i + 2], places[i + 3]));
    }
    return { type: this.type, offset: this.offset, bytes, entries };
  }

  /** For a frame that is walked over only: places of its entries aren't needed any more. */
  forgetPlaces(): void {
    this.#places = [];
  }

  #next(): void {
    switch (this.#stage) {
      case 'header':
        this.#header();
        break;
      case 'keyLength':
        this.#begin('key', this.#takeLength('key', this.#limits.nameBytes));
        break;
      case 'key':
        this.#places.push(this.length);
        this.#begin('blobLength', 8);
        break;
      case 'blobLength':
        this.#begin('blob', this.#takeLength('value', Number.MAX_SAFE_INTEGER));
        break;
      case 'blob':
        this.#places.push(this.length);
        this.#keysLeft--;
        this.#key();
        break;
      case 'crc': {
        const recorded = this.#view.getUint32(0, this.#little);
        if (recorded !== this.#crc) {
          throw this.#damage('crc', `CRC is ${hex(this.#crc)}, recorded is ${hex(recorded)}`);
        }
        this.done = true;
      }
    }
  }

  #header(): void {
    this.#little = this.#field[0] === 1;
    const version = this.#view.getUint32(1, this.#little);
    if (version !== 1) {
      throw this.#damage('structure', `frame version ${version} (1 is known): no g3 frame begins here`);
    }
    const keys = this.#view.getInt32(5, this.#little);
    if (keys < 0) throw this.#damage('structure', `${keys} keys`);
    const { entries } = this.#limits;
    if (keys > entries) throw this.#damage('too_large', `${keys} keys are more than the ${entries} allowed`);
    this.type = frameType(this.#view.getUint32(9, this.#little));
    this.#keysLeft = keys;
    this.#key();
  }

  #key(): void {
    if (this.#keysLeft > 0) this.#begin('keyLength', 8);
    else this.#begin('crc', 4);
  }

  #begin(stage: Stage, bytes: number): void {
    if (stage === 'key' || stage === 'blob') this.#places.push(this.length);
    this.#stage = stage;
    this.#left = bytes;
    this.#have = 0;
  }

  #takeLength(of: string, limit: number): number {
    const high = this.#view.getUint32(this.#little ? 4 : 0, this.#little);
    const n = high * 0x1_0000_0000 + this.#view.getUint32(this.#little ? 0 : 4, this.#little);
    // Beyond these sizes numbers stop being exact; no file has them.
    if (n + this.length + this.offset > Number.MAX_SAFE_INTEGER) {
      throw this.#damage('structure', `${of} of ${n} bytes, byte ${this.length} of the frame`);
    }
    if (n > limit) throw this.#damage('too_large', `${of} of ${n} bytes is longer than the ${limit} allowed`);
    return n;
  }

  #damage(kind: G3Damage['kind'], message: string): G3Damage {
    return new G3Damage(kind, this.offset, `frame at ${this.offset}: ${message}`);
  }
}

/** A frame type's name: one or four letters, anything else `0x...`. */
export function frameType(code: number): string {
  const letters = [code >>> 24, (code >>> 16) & 255, (code >>> 8) & 255, code & 255];
  const used = letters.slice(0, 3).every((c) => c === 0) ? letters.slice(3) : letters;
  if (used.every((c) => c > 0x20 && c < 0x7f)) return String.fromCharCode(...used);
  return hex(code);
}

function hex(n: number): string {
  return `0x${n.toString(16)}`;
}
