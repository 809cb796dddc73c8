import { BlobReader } from './blob-reader.js';
import { G3Damage, type G3Frame, type G3Limits, type HkProvider } from './types.js';
import { readStrings, stringBytes } from './vectors.js';

/** Reads the keys of a housekeeping frame. What is missing or of another class is damage of kind `schema`. */
export class HkKeys {
  readonly #frame: G3Frame;
  readonly #limits: G3Limits;

  constructor(frame: G3Frame, limits: G3Limits) {
    this.#frame = frame;
    this.#limits = limits;
  }

  damage(message: string): G3Damage {
    const { offset } = this.#frame;
    return new G3Damage('schema', offset, `frame at ${offset}: ${message}`);
  }

  blob(key: string): Uint8Array {
    const blob = this.#frame.entries.get(key);
    if (blob === undefined) throw this.damage(`${key} is missing`);
    return blob;
  }

  int(key: string): bigint {
    return readInt(this.#open(key, this.blob(key)), key);
  }

  intOr(key: string, missing: bigint): bigint {
    return this.#frame.entries.has(key) ? this.int(key) : missing;
  }

  optionalDouble(key: string): number | null {
    const blob = this.#frame.entries.get(key);
    if (blob === undefined) return null;
    const r = this.#open(key, blob);
    beginObject(r, 'G3Double', key, 1);
    return r.f64();
  }

  optionalString(key: string): string | null {
    const blob = this.#frame.entries.get(key);
    return blob === undefined ? null : readString(this.#open(key, blob), key);
  }

  strings(key: string): string[] {
    const r = this.#open(key, this.blob(key));
    beginObject(r, 'G3VectorString', key, 1);
    return readStrings(r, r.limitEntries(r.count(stringBytes)));
  }

  providers(): HkProvider[] {
    const r = this.#open('providers', this.blob('providers'));
    beginObject(r, 'G3VectorFrameObject', 'providers', 1);
    const n = r.limitEntries(r.count(4));
    const providers: HkProvider[] = [];
    const seen = new Map<number, HkProvider>();
    for (let i = 0; i < n; i++) {
      const pointer = r.pointer();
      let provider: HkProvider | undefined;
      if (pointer.to === 'seen') {
        provider = seen.get(pointer.id);
      } else if (pointer.to === 'new' && pointer.name === 'G3MapFrameObject') {
        provider = readProvider(r);
        seen.set(pointer.id, provider);
      }
      if (provider === undefined) throw this.damage(`providers: number ${i} is no G3MapFrameObject`);
      providers.push(provider);
    }
    return providers;
  }

  #open(key: string, blob: Uint8Array): BlobReader {
    return new BlobReader(blob, this.#frame.offset, key, this.#limits);
  }
}

function readProvider(r: BlobReader): HkProvider {
  checkVersion(r, 'G3MapFrameObject', 'providers', 1);
  r.base();
  let id: bigint | null = null;
  let description: string | null = null;
  const n = r.limitEntries(r.shortCount(16));
  for (let i = 0; i < n; i++) {
    const name = r.name();
    const value = r.nested(`provider's ${name}`);
    if (name === 'prov_id') id ??= readInt(value, name);
    else if (name === 'description') description ??= readString(value, name);
  }
  if (id === null || description === null) throw r.damage('schema', 'a provider without prov_id and description');
  return { id, description };
}

function readInt(r: BlobReader, key: string): bigint {
  beginObject(r, 'G3Int', key, 1);
  return r.i64();
}

function readString(r: BlobReader, key: string): string {
  beginObject(r, 'G3String', key, 1);
  return r.string();
}

/** Goes up to the fields of the one object of an archive. */
function beginObject(r: BlobReader, name: string, key: string, newest: number): void {
  const pointer = r.pointer();
  if (pointer.to !== 'new' || pointer.name !== name) {
    const is = pointer.to === 'new' ? `a ${pointer.name ?? 'nameless object'}` : 'nothing';
    throw r.damage('schema', `${key} is ${is}, not a ${name}`);
  }
  checkVersion(r, name, key, newest);
  r.base();
}

function checkVersion(r: BlobReader, name: string, key: string, newest: number): void {
  const version = r.version(name);
  if (version > newest) {
    throw r.damage('schema', `${key} is version ${version} of ${name} (${newest} is the newest known)`);
  }
}
