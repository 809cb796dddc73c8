import { SisockError } from '@sisock/core';
import { msgpack as createMsgpack } from './autobahn.js';
import { decodeCbor, encodeCbor } from './cbor.js';

/** In our order of liking: CBOR and msgpack carry NaN, infinities and bytes, JSON none of them. */
export const serializerNames = ['cbor', 'msgpack', 'json'] as const;
export type SerializerName = (typeof serializerNames)[number];

/** One WAMP serialization: messages to what goes over the socket and back. */
export interface Serializer {
  readonly name: SerializerName;
  readonly binary: boolean;
  readonly encode: (message: unknown[]) => Buffer | string;
  /** @throws whatever the bytes make it throw */
  readonly decode: (data: Buffer) => unknown;
}

const msgpack = createMsgpack({ forceFloat64: true });

/** Views of typed arrays are bytes on the wire; msgpack5 knows only Buffers. */
function withBuffers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(withBuffers);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, withBuffers(v)]),
  );
}

/** For JSON: bytes as a NUL and base64 (WAMP 3.2.1), 64-bit integers as numbers. `this` still has what toJSON changed. */
function plain(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  const raw = this[key];
  if (!ArrayBuffer.isView(raw)) return value;
  return `\0${Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64')}`;
}

const all: Readonly<Record<SerializerName, Serializer>> = {
  cbor: { name: 'cbor', binary: true, encode: encodeCbor, decode: decodeCbor },
  msgpack: {
    name: 'msgpack',
    binary: true,
    encode: (message) => msgpack.encode(withBuffers(message)).slice(),
    decode: (data) => msgpack.decode(data),
  },
  json: {
    name: 'json',
    binary: false,
    encode: (message) => JSON.stringify(message, plain),
    decode: (data) => JSON.parse(data.toString('utf8')) as unknown,
  },
};

/** The serializer of a negotiated WebSocket subprotocol. */
export function serializerOf(protocol: string): Serializer | null {
  const name = serializerNames.find((n) => protocol === `wamp.2.${n}`);
  return name === undefined ? null : all[name];
}

/** @throws SisockError `bad_data` when it is not a WAMP message: a list that begins with its type. */
export function checkMessage(value: unknown): unknown[] {
  if (Array.isArray(value) && typeof value[0] === 'number') return value as unknown[];
  throw new SisockError('bad_data', 'not a WAMP message');
}
