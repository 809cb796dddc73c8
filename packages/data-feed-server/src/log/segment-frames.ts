import { type ByteWriter, crc32 } from '@sisock/codecs/packed';

/** First bytes of each file of the log. */
export const magic = Uint8Array.from('SISOCKFL', (c) => c.charCodeAt(0));
/** Length of what follows and checksum of both, 4 bytes each, little-endian. */
export const frameHeadBytes = 8;

/** Begins a frame; gives what `endFrame` needs. */
export function beginFrame(out: ByteWriter): number {
  const at = out.length;
  out.room(frameHeadBytes);
  out.length += frameHeadBytes;
  return at;
}

export function endFrame(out: ByteWriter, at: number): void {
  const length = out.length - at - frameHeadBytes;
  out.setU32(at, length);
  out.setU32(at + 4, checksum(out.bytes, at, length));
}

/** What was found where: a frame's content, or bytes that are lost. */
export type Found =
  | { readonly offset: number; readonly payload: Uint8Array }
  | { readonly offset: number; readonly lost: number; readonly why: string };

/**
 * The frames of a file, each checked before it is given. A damaged one whose length still leads to a good frame is left
 * out alone; else all from there on is lost.
 */
export function* scanFrames(bytes: Uint8Array): Generator<Found, void, undefined> {
  if (bytes.length === 0) return;
  let at = Math.min(bytes.length, magic.length);
  if (at < magic.length || !magic.every((byte, i) => bytes[i] === byte)) {
    yield { offset: 0, lost: at, why: 'the file does not begin as one of the log' };
  }
  while (at < bytes.length) {
    const end = frameEnd(bytes, at);
    if (end !== null && isGood(bytes, at, end)) yield { offset: at, payload: bytes.subarray(at + frameHeadBytes, end) };
    else if (end !== null && isGood(bytes, end, frameEnd(bytes, end))) {
      yield { offset: at, lost: end - at, why: 'a checksum does not match' };
    } else {
      const why = end === null ? 'the file ends within a record' : 'a checksum does not match';
      yield { offset: at, lost: bytes.length - at, why };
      return;
    }
    at = end;
  }
}

/** Where the frame ends by its length; null when that is beyond the end. */
function frameEnd(bytes: Uint8Array, at: number): number | null {
  if (at + frameHeadBytes > bytes.length) return null;
  const end = at + frameHeadBytes + u32(bytes, at);
  return end <= bytes.length ? end : null;
}

function isGood(bytes: Uint8Array, at: number, end: number | null): boolean {
  if (end === null || end <= at + frameHeadBytes) return false;
  return u32(bytes, at + 4) === checksum(bytes, at, end - at - frameHeadBytes);
}

/** Of the length too, so that no flipped bit of it goes unseen. */
function checksum(bytes: Uint8Array, at: number, length: number): number {
  return (crc32(bytes, at, at + 4) ^ crc32(bytes, at + frameHeadBytes, at + frameHeadBytes + length)) >>> 0;
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
