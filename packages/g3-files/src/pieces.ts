import type { FileHandle } from 'node:fs/promises';
import { throwIfCancelled } from '@sisock/core';
import { openFile, told } from './open-file.js';

export interface PieceOptions {
  /** First byte to read. */
  readonly from?: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes read at once; 1 MiB. */
  readonly pieceBytes?: number;
  /** A piece is good only until the next one is asked for: two buffers do for the whole file. */
  readonly reuse?: boolean;
}

export const defaultPieceBytes = 1024 * 1024;

/**
 * The bytes of a file, piece after piece until its end as it is when it is reached. One piece is read ahead.
 * @throws SisockError as {@link openFile}, `cancelled`
 */
export async function* filePieces(path: string, options: PieceOptions = {}): AsyncGenerator<Uint8Array, void> {
  throwIfCancelled(options.signal);
  const handle = await openFile(path);
  try {
    yield* handlePieces(handle, path, options);
  } finally {
    await handle.close();
  }
}

async function* handlePieces(
  handle: FileHandle,
  path: string,
  { from = 0, signal, pieceBytes = defaultPieceBytes, reuse = false }: PieceOptions,
): AsyncGenerator<Uint8Array, void> {
  const fresh = () => new Uint8Array(pieceBytes);
  const buffers = [fresh(), fresh()];
  let position = from;
  let turn = 0;
  const read = (buffer: Uint8Array) => told(path, () => handle.read(buffer, 0, pieceBytes, position));
  let next = read(buffers[0]!);
  try {
    for (;;) {
      const { bytesRead } = await next;
      throwIfCancelled(signal);
      if (bytesRead === 0) return;
      position += bytesRead;
      const piece = buffers[turn]!.subarray(0, bytesRead);
      if (!reuse) buffers[turn] = fresh();
      turn = 1 - turn;
      next = read(buffers[turn]!);
      yield piece;
    }
  } finally {
    // The handle may be closed only when nobody reads from it.
    await next.catch(() => undefined);
  }
}
