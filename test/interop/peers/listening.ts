import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket of a process below this one that takes connections. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** What was started. */
  readonly command: string;
}

/** Every TCP port on which this process and what it started listen (Linux: /proc). */
export function listeningBelow(pid: number): Listening[] {
  const sockets = new Map(['tcp', 'tcp6'].flatMap((file) => [...listeners(`/proc/${pid}/net/${file}`)]));
  return family(pid).flatMap((one) => {
    const command = quietly(() => readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0').join(' ').trim(), '');
    return quietly(() => readdirSync(`/proc/${one}/fd`), []).flatMap((fd) => {
      const link = quietly(() => readlinkSync(`/proc/${one}/fd/${fd}`), '');
      const found = sockets.get(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '');
      return found === undefined ? [] : [{ ...found, command }];
    });
  });
}

/** Addresses and ports by the sockets' inodes. */
function listeners(path: string): Map<string, { address: string; port: number }> {
  const found = new Map<string, { address: string; port: number }>();
  for (const line of quietly(() => readFileSync(path, 'utf8'), '')
    .split('\n')
    .slice(1)) {
    const columns = line.trim().split(/\s+/);
    const [hex = '', port = ''] = columns[1]?.split(':') ?? [];
    const isListening = columns[3] === '0A';
    if (isListening) found.set(columns[9]!, { address: address(hex), port: Number.parseInt(port, 16) });
  }
  return found;
}

/** Each word of four bytes stands in the order of the machine. */
function address(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const v4 = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (v4) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function family(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = quietly(() => readFileSync(`/proc/${name}/stat`, 'utf8'), '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
  }
  const below = (one: number): number[] => [one, ...(parents.get(one) ?? []).flatMap(below)];
  return below(pid);
}

/** Processes may end while they are looked at. */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
