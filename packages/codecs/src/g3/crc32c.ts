/** CRC-32C (Castagnoli), reflected; 16 tables of 256, so that 16 bytes go in one step. */
const polynomial = 0x82f63b78;
const tables = makeTables();
const littleHost = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Below it, setting up the fast loop costs more than it saves. */
const short = 64;

/**
 * The checksum of g3 frames: CRC-32C with initial value 0 and no final xor, so that bytes may be given in pieces.
 * docs/g3.md, "Frames".
 * @param previous what the bytes before gave.
 * @returns an unsigned number of 32 bits.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const end = bytes.length;
  if (!littleHost || end < short) return bytewise(bytes, 0, end, previous) >>> 0;
  const head = (4 - (bytes.byteOffset & 3)) & 3;
  let crc = bytewise(bytes, 0, head, previous);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + head, (end - head) >>> 2);
  const whole = words.length - (words.length & 3);
  const t = tables;
  for (let w = 0; w < whole; w += 4) {
    const a = words[w]! ^ crc;
    const b = words[w + 1]!;
    const c = words[w + 2]!;
    const d = words[w + 3]!;
    crc =
      t[3840 + (a & 255)]! ^
      t[3584 + ((a >>> 8) & 255)]! ^
      t[3328 + ((a >>> 16) & 255)]! ^
      t[3072 + (a >>> 24)]! ^
      t[2816 + (b & 255)]! ^
      t[2560 + ((b >>> 8) & 255)]! ^
      t[2304 + ((b >>> 16) & 255)]! ^
      t[2048 + (b >>> 24)]! ^
      t[1792 + (c & 255)]! ^
      t[1536 + ((c >>> 8) & 255)]! ^
      t[1280 + ((c >>> 16) & 255)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + (d & 255)]! ^
      t[512 + ((d >>> 8) & 255)]! ^
      t[256 + ((d >>> 16) & 255)]! ^
      t[d >>> 24]!;
  }
  return bytewise(bytes, head + whole * 4, end, crc) >>> 0;
}

function bytewise(bytes: Uint8Array, from: number, to: number, previous: number): number {
  let crc = previous | 0;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[i]!) & 255]!;
  return crc;
}

function makeTables(): Int32Array {
  const t = new Int32Array(16 * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    t[i] = crc;
  }
  for (let i = 256; i < t.length; i++) {
    const before = t[i - 256]!;
    t[i] = (before >>> 8) ^ t[before & 255]!;
  }
  return t;
}
