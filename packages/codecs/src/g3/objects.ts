import { BlobReader } from './blob-reader.js';
import { classes } from './classes.js';
import { defaultG3Limits } from './limits.js';
import type { G3Limits } from './types.js';

/** Fields of a g3 object, as JavaScript knows them; which it is, its class says (docs/g3.md, "Values"). */
export type G3Value =
  | bigint // integers, and times in ticks
  | number
  | boolean
  | string
  | Float64Array // complex numbers: real and imaginary parts by turns
  | BigInt64Array
  | Uint8Array // bools as 0 and 1, and bytes
  | readonly string[]
  | readonly (G3Object | null)[]
  | ReadonlyMap<string, G3Value | G3Object | null>;

/**
 * An object of a frame. Of a class, or a version of it, that is not known there are its `bytes`, up to the end of the
 * archive that holds it: they have no length of their own. `lost`: how many elements of a vector can't be reached, because
 * they stand behind such a one.
 */
export type G3Object =
  | { readonly class: string; readonly value: G3Value; readonly lost?: number }
  | { readonly class: string; readonly bytes: Uint8Array };

/**
 * Any value of a frame, of whatever class.
 * @param offset of the frame in the file, for damage.
 * @returns null for a null pointer.
 * @throws G3Damage `structure`, `too_large`.
 */
export function decodeObject(blob: Uint8Array, limits: Partial<G3Limits> = {}, offset = 0): G3Object | null {
  const all = { ...defaultG3Limits, ...limits };
  return new ObjectReader(new BlobReader(blob, offset, 'a value', all), new WeakMap()).pointer();
}

/** Reads the objects of one archive, and of those in it. */
export class ObjectReader {
  readonly r: BlobReader;
  /** By pointer id; an object is known when it is whole, so that none can hold itself. */
  readonly #seen = new Map<number, G3Object>();
  /** How many objects one holds, itself included, as often as they are referred to. */
  readonly #sizes: WeakMap<G3Object, number>;
  /** The bytes from here on have no meaning: an object of an unknown class began. */
  lost = false;

  constructor(r: BlobReader, sizes: WeakMap<G3Object, number>) {
    this.r = r;
    this.#sizes = sizes;
  }

  pointer(): G3Object | null {
    const { r } = this;
    const pointer = r.pointer();
    if (pointer.to === 'nothing') return null;
    if (pointer.to === 'seen') {
      const known = this.#seen.get(pointer.id);
      if (known === undefined) throw r.damage('structure', `object ${pointer.id} is referred to, not seen before`);
      return known;
    }
    if (pointer.name === null) throw r.damage('structure', 'an object without a class');
    const object = this.#object(pointer.name);
    this.#seen.set(pointer.id, object);
    return object;
  }

  /** The object of an archive in this one. */
  nested(what: string): G3Object | null {
    return new ObjectReader(this.r.nested(what), this.#sizes).pointer();
  }

  /** Elements of a vector of objects, up to one of an unknown class. */
  pointers(n: number): (G3Object | null)[] {
    const objects: (G3Object | null)[] = [];
    for (let i = 0; i < n && !this.lost; i++) objects.push(this.pointer());
    return objects;
  }

  #object(name: string): G3Object {
    const { r } = this;
    const from = r.at;
    const known = Object.hasOwn(classes, name) ? classes[name] : undefined;
    if (known === undefined || r.version(name) > known.newest) {
      this.lost = true;
      return { class: name, bytes: r.bytes.subarray(from) };
    }
    r.depth++;
    r.checkDepth();
    const { value, lost } = known.read(this, r.version(name));
    r.depth--;
    const object = lost > 0 ? { class: name, value, lost } : { class: name, value };
    this.#sizes.set(object, this.#size(value));
    return object;
  }

  /** Few bytes can refer to each other so that they unfold to more objects than any memory holds. */
  #size(value: G3Value): number {
    let size = 1;
    if (Array.isArray(value) || value instanceof Map) {
      for (const part of (value as ReadonlyMap<string, unknown> | readonly unknown[]).values()) {
        if (typeof part === 'object' && part !== null) size += this.#sizes.get(part as G3Object) ?? 1;
      }
    }
    return this.r.limitEntries(size);
  }
}
