import { SisockError } from '@sisock/core';
import { crc32c } from './crc32c.js';
import type { HkBlock, HkFrameToWrite } from './types.js';
import { ByteWriter } from './write-bytes.js';
import {
  g3Double,
  g3Int,
  g3MapObject,
  g3String,
  g3TimesampleMap,
  g3VectorObject,
  g3VectorString,
  toBlob,
  type Writable,
} from './write-objects.js';

const hkVersion = 2n;
const hkTypes = { session: 0n, status: 1n, data: 2n } as const;

/**
 * A whole frame, little-endian, with its CRC (format section 1). `type` as in G3Frame: one to four letters, or `0x...`.
 * `entries` are complete blobs by key, in the order they shall stand there.
 * @throws SisockError `bad_request` for a type that can't be
 */
export function writeFrame(type: string, entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  let expected = 17;
  for (const [key, blob] of entries) expected += 16 + key.length * 3 + blob.length;
  const bytes = new ByteWriter(expected);
  bytes.u8(1);
  bytes.u32(1);
  bytes.u32(entries.size);
  bytes.u32(typeCode(type));
  let crc = 0;
  for (const [key, blob] of entries) {
    const name = new TextEncoder().encode(key);
    bytes.blob(name);
    bytes.blob(blob);
    crc = crc32c(blob, crc32c(name, crc));
  }
  bytes.u32(crc);
  return bytes.finish();
}

/**
 * A whole housekeeping frame of HK version 2, with the keys that so3g and OCS's aggregator write (format section 4).
 * Integers take the fewest bits that hold them.
 * @throws SisockError `bad_request` for a block with columns of another length than its times, ids beyond 64 bits
 */
export function writeHk(frame: HkFrameToWrite): Uint8Array {
  const entries = new Map<string, Uint8Array>();
  const put = (key: string, object: Writable, expected?: number) => entries.set(key, toBlob(object, expected));
  put('hkagg_type', g3Int(hkTypes[frame.kind]));
  put('hkagg_version', g3Int(hkVersion));
  put('session_id', g3Int(int64(frame.sessionId, 'sessionId')));
  switch (frame.kind) {
    case 'session':
      put('start_time', g3Double(frame.startTime));
      put('description', g3String(frame.description));
      break;
    case 'status':
      put('timestamp', g3Double(frame.timestamp));
      put('providers', g3VectorObject(frame.providers.map(provider)));
      break;
    case 'data':
      put('timestamp', g3Double(frame.timestamp));
      put('prov_id', g3Int(int64(frame.providerId, 'providerId')));
      if (frame.address !== undefined) put('address', g3String(frame.address));
      if (frame.providerSessionId !== undefined) put('provider_session_id', g3String(frame.providerSessionId));
      put('blocks', g3VectorObject(frame.blocks.map(block)), blocksSize(frame.blocks));
      put('block_names', g3VectorString(frame.blocks.map(({ name }) => name)));
      break;
  }
  return writeFrame('H', entries);
}

function provider({ id, description }: { readonly id: bigint; readonly description: string }): Writable {
  return g3MapObject(
    new Map([
      ['prov_id', g3Int(int64(id, 'id of a provider'))],
      ['description', g3String(description)],
    ]),
  );
}

function block({ name, ticks, columns }: Omit<HkBlock, 'index'>): Writable {
  for (const [field, column] of columns) {
    if (column.v.length === ticks.length) continue;
    throw new SisockError(
      'bad_request',
      `field ${JSON.stringify(field)} of block ${JSON.stringify(name)} has ${column.v.length} values for ${ticks.length} times`,
    );
  }
  return g3TimesampleMap(ticks, columns);
}

/** About the bytes of all blocks, so that the buffer need not grow often. */
function blocksSize(blocks: readonly Omit<HkBlock, 'index'>[]): number {
  return blocks.reduce((sum, { ticks, columns }) => sum + (columns.size + 1) * (ticks.length * 8 + 128), 256);
}

function int64(value: bigint, what: string): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new SisockError('bad_request', `${what} ${value} does not fit into 64 bits`);
}

/** Letters stand at the right end of the code. */
function typeCode(type: string): number {
  if (/^0x[0-9a-f]{1,8}$/i.test(type)) return Number(type);
  if (!/^[\x20-\x7e]{1,4}$/.test(type)) {
    throw new SisockError('bad_request', `frame type ${JSON.stringify(type)} is not one to four letters, nor 0x...`);
  }
  let code = 0;
  for (let i = 0; i < type.length; i++) code = code * 256 + type.charCodeAt(i);
  return code;
}
