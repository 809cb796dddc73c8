/** The decoder below the stream of unbzip2-stream, which comes without types: used block by block, see bzip2-pieces.ts. */
declare module 'unbzip2-stream/lib/bzip2.js' {
  interface Bzip2 {
    /** Reads the header of a stream: hundreds of kB in a block. */
    header(bits: BitReader): number;
    /** Gives the bytes of the next block to `put`. Returns the CRC of the stream so far, null at the stream's end. */
    decompress(
      bits: BitReader,
      put: (byte: number) => void,
      work: Int32Array,
      workSize: number,
      crc: number,
    ): number | null;
  }
  export interface BitReader {
    (count: number | null): number;
    readonly bytesRead: number;
  }
  const bzip2: Bzip2;
  export default bzip2;
}

declare module 'unbzip2-stream/lib/bit_iterator.js' {
  import type { BitReader } from 'unbzip2-stream/lib/bzip2.js';
  /** Asks `next` for bytes whenever it has none left. */
  export default function bitIterator(next: () => Uint8Array): BitReader;
}
