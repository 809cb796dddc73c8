/** CRC-32 (IEEE, reflected) by four tables, so that four bytes go in one step. */
const polynomial = 0xedb88320;
const tables = makeTables();

/** The usual CRC-32 of bytes `from` to `to` (exclusive), as an unsigned number. */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const t = tables;
  let crc = -1;
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    crc =
      t[768 + ((crc ^ bytes[i]!) & 255)]! ^
      t[512 + (((crc >>> 8) ^ bytes[i + 1]!) & 255)]! ^
      t[256 + (((crc >>> 16) ^ bytes[i + 2]!) & 255)]! ^
      t[((crc >>> 24) ^ bytes[i + 3]!) & 255]!;
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

function makeTables(): Int32Array {
  const t = new Int32Array(4 * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    t[i] = crc;
  }
  for (let i = 256; i < t.length; i++) t[i] = (t[i - 256]! >>> 8) ^ t[t[i - 256]! & 255]!;
  return t;
}
