import { randomBytes } from 'node:crypto';

const poolBytes = 4096;
let pool = Buffer.alloc(0);
let used = 0;

/** An id of the global scope: uniform over 1 to 2^53 (WAMP specification, "IDs"). */
export function globalId(): number {
  if (used + 8 > pool.length) {
    pool = randomBytes(poolBytes);
    used = 0;
  }
  const high = pool.readUInt32LE(used) & 0x1fffff;
  const low = pool.readUInt32LE(used + 4);
  used += 8;
  return high * 2 ** 32 + low + 1;
}
