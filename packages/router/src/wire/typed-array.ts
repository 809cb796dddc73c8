import { halfToNumber } from './half.js';
import { malformed } from './limits.js';
import type { Visitor } from './visitor.js';

/** Whether a CBOR tag says that a byte string is a typed array this reader knows (RFC 8746 section 2; no 128-bit floats). */
export function isTypedArrayTag(tag: number): boolean {
  return tag >= 64 && tag <= 87 && tag !== 76 && tag !== 83 && tag !== 87;
}

/** Tells a typed array as a plain list. */
export function walkTypedArray(tag: number, bytes: Buffer, visitor: Visitor): void {
  // RFC 8746 section 2.1: the tag's low bits are f (float), s (signed), e (little endian) and ll (width).
  const float = (tag & 16) !== 0;
  const signed = (tag & 8) !== 0;
  const little = (tag & 4) !== 0 && tag !== 68;
  const width = 1 << ((tag & 3) + (float ? 1 : 0));
  if (bytes.length % width !== 0)
    throw malformed(`a typed array of ${bytes.length} bytes with elements of ${width}`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  visitor.list(bytes.length / width);
  for (let at = 0; at < bytes.length; at += width) {
    if (float) visitor.float(floatAt(view, at, width, little));
    else visitor.int(intAt(view, at, width, signed, little));
  }
  visitor.listEnd();
}

function floatAt(view: DataView, at: number, width: number, little: boolean): number {
  if (width === 2) return halfToNumber(view.getUint16(at, little));
  return width === 4 ? view.getFloat32(at, little) : view.getFloat64(at, little);
}

function intAt(view: DataView, at: number, width: number, signed: boolean, little: boolean): number | bigint {
  if (width === 1) return signed ? view.getInt8(at) : view.getUint8(at);
  if (width === 2) return signed ? view.getInt16(at, little) : view.getUint16(at, little);
  if (width === 4) return signed ? view.getInt32(at, little) : view.getUint32(at, little);
  const value = signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
