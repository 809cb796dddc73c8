import { throwIfCancelled } from '@sisock/core';
import bitIterator from 'unbzip2-stream/lib/bit_iterator.js';
import bzip2 from 'unbzip2-stream/lib/bzip2.js';
import { CompressionDamage } from './compressed.js';

/** More than the compressed bytes of one block can be: 900 kB of one byte each at most 20 bits, and its tables. */
const blockInput = 3_000_000;
const chunkBytes = 256 * 1024;

/**
 * Unpacks bzip2, block by block, so that at most one block is held unpacked (46 MB at the very most, 0.9 MB as a rule);
 * streams one after the other are one.
 * @throws CompressionDamage
 */
export async function* bzip2Pieces(
  pieces: AsyncGenerator<Uint8Array, void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const waiting: Uint8Array[] = [];
  let received = 0;
  let ended = false;
  const shift = () => {
    const next = waiting.shift();
    if (next === undefined) throw new CompressionDamage(true, 'the bzip2 stream ends too early');
    return next;
  };
  // It asks for bytes at once when it is made.
  waiting.push(new Uint8Array(0));
  const bits = bitIterator(shift);
  try {
    let work: Int32Array | null = null;
    let crc = 0;
    for (;;) {
      // The decoder can't wait: a whole block has to be there before it begins.
      while (!ended && received - bits.bytesRead < blockInput) {
        const { done, value } = await pieces.next();
        if (done === true) ended = true;
        else {
          waiting.push(value);
          received += value.length;
        }
      }
      throwIfCancelled(signal);
      if (work === null && received > 0 && bits.bytesRead === received) return;
      const chunks = new Chunks();
      try {
        if (work === null) {
          work = new Int32Array(100_000 * bzip2.header(bits));
          crc = 0;
        }
        const next = bzip2.decompress(bits, (byte) => chunks.put(byte), work, work.length, crc);
        if (next === null) work = null;
        else crc = next;
      } catch (error) {
        if (error instanceof CompressionDamage) throw error;
        throw new CompressionDamage(false, `the bzip2 stream is damaged (${(error as Error).message})`, {
          cause: error,
        });
      }
      yield* chunks.take();
    }
  } finally {
    await pieces.return();
  }
}

/** Bytes that come one by one. */
class Chunks {
  readonly #full: Uint8Array[] = [];
  #chunk = new Uint8Array(chunkBytes);
  #used = 0;

  put(byte: number): void {
    if (this.#used === chunkBytes) {
      this.#full.push(this.#chunk);
      this.#chunk = new Uint8Array(chunkBytes);
      this.#used = 0;
    }
    this.#chunk[this.#used++] = byte;
  }

  take(): Uint8Array[] {
    return this.#used === 0 ? this.#full : [...this.#full, this.#chunk.subarray(0, this.#used)];
  }
}
