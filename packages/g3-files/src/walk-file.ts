import { SisockError } from '@sisock/core';
import { FrameWalker, G3Damage, type G3Limits, type WalkedFrame } from '@sisock/codecs/g3';
import { CompressionDamage, compressionOf, plainPieces } from './compressed.js';
import { filePieces } from './pieces.js';

export interface WalkOptions {
  /** First byte of a frame to begin with; for files that aren't compressed. */
  readonly from?: number;
  readonly limits?: Partial<G3Limits>;
  readonly signal?: AbortSignal | undefined;
  /** Bytes read at once; 1 MiB. */
  readonly pieceBytes?: number;
}

/**
 * Every frame of a file, their CRC checked: plain, `.gz` (of several members, too) or `.bz2`. Offsets of a compressed file
 * count in what it unpacks to. Returns what ended the walk, null where the file ends at a frame's end.
 * Memory: one frame and a few pieces, whatever the file's size.
 * @throws SisockError `not_found`, `not_authorized`, `unavailable`, `cancelled`; `bad_request` for a directory, FIFO or
 * device, for `.xz`, and for `from` in a compressed file
 */
export async function* walkFile(path: string, options: WalkOptions = {}): AsyncGenerator<WalkedFrame, G3Damage | null> {
  const { from = 0, limits = {}, signal, ...rest } = options;
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new SisockError('bad_request', `offset ${from} is no whole number from 0`);
  }
  const compressed = compressionOf(path) !== 'none';
  if (compressed && from > 0) {
    throw new SisockError(
      'bad_request',
      `${JSON.stringify(path)} is compressed: it can only be read from its beginning`,
    );
  }
  const walker = new FrameWalker({ offset: from, limits });
  const pieces = compressed ? plainPieces(path, { signal, ...rest }) : filePieces(path, { from, signal, ...rest });
  try {
    for await (const piece of pieces) {
      yield* walker.push(piece);
      if (walker.damage !== null) return walker.damage;
    }
  } catch (error) {
    if (!(error instanceof CompressionDamage)) throw error;
    const offset = walker.goodOffset;
    return new G3Damage(error.cut ? 'truncated' : 'structure', offset, `frame at ${offset}: ${error.message}`, {
      cause: error,
    });
  }
  return walker.end();
}
