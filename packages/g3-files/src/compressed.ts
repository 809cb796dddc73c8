import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SisockError, throwIfCancelled } from '@sisock/core';
import { bzip2Pieces } from './bzip2-pieces.js';
import { filePieces, type PieceOptions } from './pieces.js';

/** How a file is stored, as its name says (format section 1.2). */
export type Compression = 'none' | 'gz' | 'bz2';

/** A compressed stream that ends too early or can't be. `cut`: it ends inside. */
export class CompressionDamage extends Error {
  readonly cut: boolean;

  constructor(cut: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CompressionDamage';
    this.cut = cut;
  }
}

/** @throws SisockError `bad_request` for an ending that can't be read */
export function compressionOf(path: string): Compression {
  const ending = /\.(gz|bz2|xz)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === 'xz') {
    throw new SisockError('bad_request', `${JSON.stringify(path)}: .xz can't be read; unpack it first (xz -d)`);
  }
  return ending === 'gz' || ending === 'bz2' ? ending : 'none';
}

/**
 * The bytes of a file as they were before it was compressed, in pieces. Memory does not grow with the file.
 * @throws SisockError as {@link filePieces}
 * @throws CompressionDamage
 */
export async function* plainPieces(
  path: string,
  options: Omit<PieceOptions, 'from' | 'reuse'> = {},
): AsyncGenerator<Uint8Array, void> {
  switch (compressionOf(path)) {
    case 'none':
      return yield* filePieces(path, options);
    case 'bz2':
      return yield* bzip2Pieces(filePieces(path, options), options.signal);
    case 'gz':
      return yield* gunzipPieces(filePieces(path, options), options.signal);
  }
}

/** Several members one after the other are one stream. */
async function* gunzipPieces(
  pieces: AsyncGenerator<Uint8Array, void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const source = Readable.from(pieces, { objectMode: true, highWaterMark: 1 });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let failure: Error | null = null as Error | null;
  source.on('error', (error) => {
    failure = error;
    gunzip.destroy(error);
  });
  let some = false;
  try {
    source.pipe(gunzip);
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      throwIfCancelled(signal);
      some = true;
      yield piece;
    }
    if (!some && gunzip.bytesWritten === 0) throw new CompressionDamage(true, 'the file is empty: no gzip stream');
  } catch (error) {
    if (failure !== null) throw failure;
    const code = (error as { code?: unknown } | null)?.code;
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw error;
    const cut = code === 'Z_BUF_ERROR';
    const message = cut
      ? 'the gzip stream ends too early'
      : `the gzip stream is damaged (${String((error as Error).message)})`;
    throw new CompressionDamage(cut, message, { cause: error });
  } finally {
    gunzip.destroy();
    source.destroy();
  }
}
