export { broken, ByteReader } from './byte-reader.js';
export { ByteWriter } from './byte-writer.js';
export { crc32 } from './crc32.js';
export { readPacked, writePacked } from './pack-columns.js';
export { readNumbers, writeNumbers } from './pack-numbers.js';
export { packTile, type TileContent, tileEncoding, unpackTile } from './tile.js';
