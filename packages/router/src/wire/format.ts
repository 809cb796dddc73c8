import { CborReader } from './cbor-reader.js';
import { CborWriter } from './cbor-writer.js';
import { JsonReader } from './json-reader.js';
import { JsonWriter } from './json-writer.js';
import { MsgpackReader } from './msgpack-reader.js';
import { MsgpackWriter } from './msgpack-writer.js';
import type { Reader, Writer } from './visitor.js';

/** Serializers this router speaks, best first. WebSocket subprotocols are `wamp.2.` and one of them. */
export const formats = ['cbor', 'msgpack', 'json'] as const;
export type Format = (typeof formats)[number];

export function createReader(format: Format, source: Buffer): Reader {
  switch (format) {
    case 'cbor':
      return new CborReader(source);
    case 'msgpack':
      return new MsgpackReader(source);
    case 'json':
      return new JsonReader(source);
  }
}

export function createWriter(format: Format): Writer {
  switch (format) {
    case 'cbor':
      return new CborWriter();
    case 'msgpack':
      return new MsgpackWriter();
    case 'json':
      return new JsonWriter();
  }
}

const writers = new Map<Format, Writer>();

/** A writer that is used again and again: take or copy its bytes before the next call. */
export function sharedWriter(format: Format, limit: number): Writer {
  let writer = writers.get(format);
  if (writer === undefined) writers.set(format, (writer = createWriter(format)));
  writer.reset(limit);
  return writer;
}
