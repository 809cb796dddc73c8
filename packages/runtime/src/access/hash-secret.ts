import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** Cost of new hashes: about 50 ms and 16 MB each. */
const cost = { logN: 14, r: 8, p: 1 };
const saltBytes = 16;
const keyBytes = 32;
/** A hash that asks for more than this wants the machine, not the secret. */
const mostBytes = 256 << 20;

interface Stored {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** What may be kept of a secret: `$scrypt$ln=14,r=8,p=1$<salt>$<key>`, each hash with a salt of its own. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await keyOf(secret, { ...cost, salt, key: Buffer.alloc(keyBytes) });
  return `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(key)}`;
}

/** Why a text is no hash of ours, or null when it is one. */
export function hashProblem(hash: string): string | null {
  const stored = parse(hash);
  return typeof stored === 'string' ? stored : null;
}

/**
 * True when the hash was made of this secret. Takes the same time whatever differs, and where there is no hash; one that
 * is none fits no secret.
 */
export async function verifySecret(secret: string, hash: string | undefined): Promise<boolean> {
  const stored = hash === undefined ? nobody : parse(hash);
  if (typeof stored === 'string') return false;
  const isSame = timingSafeEqual(await keyOf(secret, stored), stored.key);
  return isSame && hash !== undefined;
}

/** Stands where there is no such entry, so that the time taken does not tell which names there are. */
const nobody: Stored = { ...cost, salt: Buffer.alloc(saltBytes), key: Buffer.alloc(keyBytes) };

function keyOf(secret: string, { logN, r, p, salt, key }: Stored): Promise<Buffer> {
  return derive(secret.normalize('NFC'), salt, key.length, { N: 2 ** logN, r, p, maxmem: mostBytes });
}

function parse(hash: string): Stored | string {
  const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (!form) return 'is not of the form $scrypt$ln=..,r=..,p=..$<salt>$<key>';
  const [logN, r, p] = form.slice(1, 4).map(Number) as [number, number, number];
  const salt = Buffer.from(form[4]!, 'base64');
  const key = Buffer.from(form[5]!, 'base64');
  const isCheap = logN < 10 || r < 1 || p < 1 || salt.length < 8 || key.length < 16;
  if (isCheap) return 'is weaker than ln=10, a salt of 8 bytes and a key of 16';
  if (128 * 2 ** logN * r * p >= mostBytes || key.length > 128) return `costs more than ${mostBytes >> 20} MB`;
  return { logN, r, p, salt, key };
}

/** As in PHC strings: without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
