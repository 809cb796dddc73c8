/**
 * What a reader tells while it walks over a value. Integers and floats are told apart (JSON `1.0`, CBOR and msgpack
 * floats are floats), so that a Python `float` is still one after a change of format.
 */
export interface Visitor {
  nil(): void;
  bool(value: boolean): void;
  /** A `bigint` outside of +-2^53. */
  int(value: number | bigint): void;
  float(value: number): void;
  /** Valid UTF-8, not escaped. */
  text(source: Buffer, start: number, end: number): void;
  str(value: string): void;
  bytes(value: Buffer): void;
  /** `count` elements follow, or an unknown number when it is -1; closed by `listEnd`. */
  list(count: number): void;
  listEnd(): void;
  /** `count` pairs of key and value follow, or an unknown number when it is -1; closed by `mapEnd`. */
  map(count: number): void;
  mapEnd(): void;
}

export type ElementKind = 'list' | 'map' | 'null' | 'other';

/** Reads one message (`open`, then `more` before each element) or one value (`walk` alone). */
export interface Reader {
  position: number;
  /** NaN or an infinity was passed over: such a JSON text may not go to a JSON peer as it is. */
  readonly nonFinite: boolean;
  open(): void;
  more(): boolean;
  kind(): ElementKind;
  /** Passes over one value and checks that it is well formed. */
  skip(): void;
  walk(visitor: Visitor): void;
  /** One value as JavaScript's, for headers: numbers lose their float-ness here. */
  value(): unknown;
  /** Throws unless all bytes are used. */
  finish(): void;
}

/** A visitor that writes bytes, and the counters of what it could not say in its format. */
export interface Writer extends Visitor {
  /** NaN and infinities written as null (JSON), integers beyond 64 bit written as floats (msgpack). */
  readonly lossy: number;
  readonly length: number;
  reset(limit: number): void;
  copyTo(target: Buffer, at: number): void;
  take(): Buffer;
}
