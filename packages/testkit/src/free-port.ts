import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Each worker of jest takes every sixteenth port, so that two never give the same one. */
const lanes = 16;
const given = new Set<number>();

/**
 * A TCP port of the loopback that is free now and that nothing takes by chance: it lies outside of the range out of which
 * the system takes ports for outgoing connections and for port 0. For what is started again on the same port, and for
 * programs that can't be told to take port 0.
 */
export async function freePort(): Promise<number> {
  // Loaded here, so that tests without a port don't pay for it.
  const { environment } = await import('@sisock/runtime');
  const lane = Number(environment()['JEST_WORKER_ID'] ?? 0) % lanes;
  const [first, last] = beside(systemRange());
  for (;;) {
    const port = Math.floor(randomInt(first, last) / lanes) * lanes + lane;
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** Where Linux takes ports by itself; its default elsewhere. */
function systemRange(): readonly [number, number] {
  try {
    const [low, high] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    return [low!, high!];
  } catch {
    return [32_768, 60_999];
  }
}

/** The larger part of the unprivileged ports that is not in the range. */
function beside([low, high]: readonly [number, number]): readonly [number, number] {
  const below = low - 10_000;
  const above = 65_520 - high;
  if (Math.max(below, above) < 1000) return [10_000, 65_520];
  return below > above ? [10_000, low - lanes] : [high + lanes, 65_520];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
