import { utf8 } from './text.js';
import { type DamageKind, G3Damage, type G3Limits } from './types.js';

/** What a polymorphic pointer leads to. `name` is null where the object's class is the one that is declared. */
export type Pointer =
  | { readonly to: 'nothing' }
  | { readonly to: 'seen'; readonly id: number }
  | { readonly to: 'new'; readonly id: number; readonly name: string | null };

const nothing: Pointer = { to: 'nothing' };
const highBit = 0x8000_0000;
const declaredClass = 0x4000_0000;

/**
 * Reads one archive: a value of a frame, or a value of a G3MapFrameObject. Every length is checked against the bytes that
 * are left before anything is made of it. docs/g3.md, "Values".
 */
export class BlobReader {
  readonly bytes: Uint8Array;
  readonly little: boolean;
  readonly limits: G3Limits;
  /** Of the frame, for damage. */
  readonly offset: number;
  /** How deep in other objects; counted by who reads objects in objects. */
  depth: number;
  at = 1;
  readonly #view: DataView;
  readonly #versions = new Map<string, number>();
  readonly #names = new Map<number, string>();
  /** Names the place for damage: a key, a field. */
  readonly #what: string;

  /** @throws G3Damage `structure` when there is no byte, `too_large` above `limits.depth`. */
  constructor(bytes: Uint8Array, offset: number, what: string, limits: G3Limits, depth = 0) {
    this.bytes = bytes;
    this.offset = offset;
    this.limits = limits;
    this.depth = depth;
    this.#what = what;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length === 0) throw this.damage('structure', 'no bytes');
    this.checkDepth();
    this.little = bytes[0] === 1;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  damage(kind: DamageKind, message: string): G3Damage {
    return new G3Damage(kind, this.offset, `frame at ${this.offset}, ${this.#what}: ${message}`);
  }

  checkDepth(): void {
    if (this.depth > this.limits.depth) {
      throw this.damage('too_large', `objects in objects, deeper than the ${this.limits.depth} allowed`);
    }
  }

  /** The place of the next `n` bytes, which are gone over. */
  skip(n: number): number {
    const at = this.at;
    if (n > this.bytes.length - at) {
      throw this.damage('structure', `${n} bytes at byte ${at} of ${this.bytes.length}`);
    }
    this.at = at + n;
    return at;
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), this.little);
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4), this.little);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.skip(8), this.little);
  }

  f64(): number {
    return this.#view.getFloat64(this.skip(8), this.little);
  }

  /** A u64 that counts things of at least `width` bytes each. */
  count(width: number): number {
    const first = this.u32();
    const second = this.u32();
    const n = this.little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
    return this.#checkCount(n, width);
  }

  /** A u32 that counts things of at least `width` bytes each. */
  shortCount(width: number): number {
    return this.#checkCount(this.u32(), width);
  }

  /** Refuses more things than `limits.entries`. */
  limitEntries(n: number): number {
    const { entries } = this.limits;
    if (n > entries) throw this.damage('too_large', `${n} entries are more than the ${entries} allowed`);
    return n;
  }

  string(): string {
    const n = this.count(1);
    const at = this.skip(n);
    return utf8(this.bytes, at, at + n);
  }

  /** A string that names something. */
  name(): string {
    const n = this.count(1);
    const { nameBytes } = this.limits;
    if (n > nameBytes) throw this.damage('too_large', `a name of ${n} bytes is longer than the ${nameBytes} allowed`);
    const at = this.skip(n);
    return utf8(this.bytes, at, at + n);
  }

  /** The version of a class: in the bytes where the class is met for the first time. */
  version(name: string): number {
    let version = this.#versions.get(name);
    if (version === undefined) {
      version = this.u32();
      this.#versions.set(name, version);
    }
    return version;
  }

  /** The base of all classes: has no fields, but a version. */
  base(): void {
    const version = this.version('G3FrameObject');
    if (version > 1) throw this.damage('structure', `version ${version} of G3FrameObject (1 is known)`);
  }

  pointer(): Pointer {
    const id = this.u32();
    if (id === 0) return nothing;
    let name: string | null = null;
    if (id >= highBit) {
      name = this.name();
      this.#names.set(id - highBit, name);
    } else if (id < declaredClass) {
      const known = this.#names.get(id);
      if (known === undefined) throw this.damage('structure', `class ${id} is not named before`);
      name = known;
    }
    const object = this.u32();
    if (object === 0) return nothing;
    if (object < highBit) return { to: 'seen', id: object };
    return { to: 'new', id: object - highBit, name };
  }

  /** An archive in this one, after its length. */
  nested(what: string): BlobReader {
    const n = this.count(1);
    const at = this.skip(n);
    return new BlobReader(this.bytes.subarray(at, at + n), this.offset, what, this.limits, this.depth);
  }

  /** Goes over an archive in this one. */
  skipNested(): void {
    this.skip(this.count(1));
  }

  #checkCount(n: number, width: number): number {
    if (n * width > this.left) {
      throw this.damage('structure', `a length of ${n} with ${this.left} bytes left at byte ${this.at}`);
    }
    return n;
  }
}
