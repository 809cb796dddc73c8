import { isUtf8 } from 'node:buffer';
import { createReader, type Format, formats, sharedWriter } from './format.js';
import { malformed } from './limits.js';
import { Payload } from './payload.js';
import { visitValue } from './value.js';

/** A message taken apart: its header as values, its arguments (if it has any) as they came. */
export interface RawMessage {
  readonly header: readonly unknown[];
  readonly payload: Payload | undefined;
}

/** A message to be sent; encoded once a format, however many receivers it has. */
export interface OutMessage extends RawMessage {
  readonly encoded: (Buffer | undefined)[];
}

/** Elements before the arguments, by message type: ERROR, PUBLISH, CALL, YIELD. Other types carry no arguments. */
const headerLengths = new Map([
  [8, 5],
  [16, 4],
  [48, 4],
  [70, 3],
]);
const longestHeader = 8;

/** Throws MalformedError. `limit` bounds the arguments after a change of format. */
export function decodeMessage(format: Format, bytes: Buffer, limit: number): RawMessage {
  if (format === 'json' && !isUtf8(bytes)) throw malformed('text that is not UTF-8', 0);
  const reader = createReader(format, bytes);
  const header: unknown[] = [];
  reader.open();
  let length = longestHeader;
  while (header.length < length) {
    if (!reader.more()) {
      reader.finish();
      return { header, payload: undefined };
    }
    header.push(reader.value());
    if (header.length === 1) length = headerLengths.get(header[0] as number) ?? longestHeader;
  }
  if (length === longestHeader) {
    if (reader.more()) throw malformed(`a message of more than ${longestHeader} elements`, reader.position);
    reader.finish();
    return { header, payload: undefined };
  }
  const args = reader.more() ? element(reader, bytes, 'list') : undefined;
  const kwargs = args !== undefined && reader.more() ? element(reader, bytes, 'map') : undefined;
  if (args !== undefined && kwargs !== undefined && reader.more()) throw malformed('a third argument element', 0);
  reader.finish();
  if (args === undefined || (args === null && (kwargs ?? null) === null)) return { header, payload: undefined };
  const positional = args ?? emptyList(format);
  const received = { format, args: positional, kwargs: kwargs ?? undefined, limit };
  return { header, payload: Payload.ofBytes(received, !reader.nonFinite) };
}

/** The bytes of an argument element; null (which some peers write for "none") stays null. */
function element(reader: ReturnType<typeof createReader>, bytes: Buffer, kind: 'list' | 'map'): Buffer | null {
  const found = reader.kind();
  const start = reader.position;
  reader.skip();
  if (found === 'null') return null;
  if (found !== kind)
    throw malformed(kind === 'list' ? 'arguments that are no list' : 'keyword arguments that are no dictionary', start);
  return bytes.subarray(start, reader.position);
}

function emptyList(format: Format): Buffer {
  return Buffer.from(format === 'cbor' ? [0x80] : format === 'msgpack' ? [0x90] : [0x5b, 0x5d]);
}

/** A message for one receiver or many. */
export function outMessage(header: readonly unknown[], payload?: Payload): OutMessage {
  return { header, payload, encoded: [] };
}

/** Throws TooLargeError or MalformedError if the arguments cannot be written in `format`. */
export function encodeMessage(message: OutMessage, format: Format): Buffer {
  const slot = formats.indexOf(format);
  return (message.encoded[slot] ??= encode(message, format));
}

/** What was lost when the message was written in `format`. */
export function lossOf(message: OutMessage, format: Format): number {
  return message.payload?.as(format).lossy ?? 0;
}

function encode({ header, payload }: OutMessage, format: Format): Buffer {
  const body = payload?.as(format);
  const writer = sharedWriter(format, Infinity);
  writer.list(header.length + (body === undefined ? 0 : body.kwargs === undefined ? 1 : 2));
  for (const value of header) visitValue(value, writer);
  if (body === undefined) {
    writer.listEnd();
    return writer.take();
  }
  const comma = format === 'json' ? 1 : 0;
  const { args, kwargs } = body;
  const kwargsLength = kwargs === undefined ? 0 : comma + kwargs.length;
  const out = Buffer.allocUnsafe(writer.length + comma + args.length + kwargsLength + comma);
  writer.copyTo(out, 0);
  let at = writer.length;
  if (comma === 1) out[at++] = 0x2c;
  at += args.copy(out, at);
  if (kwargs !== undefined) {
    if (comma === 1) out[at++] = 0x2c;
    at += kwargs.copy(out, at);
  }
  if (comma === 1) out[at] = 0x5d;
  return out;
}
