import { listenError, type Logger } from '@sisock/runtime';

/** How far from a default port a free one is looked for. */
const mostTries = 50;

interface PortChoice {
  readonly host: string;
  /** What was asked for; undefined where nobody asked. */
  readonly asked: number | undefined;
  readonly usual: number;
  /** Name of the setting, for messages. */
  readonly name: string;
  readonly log: Logger;
}

/**
 * Listens on the port that was asked for, or else on the usual one or the next that is free.
 * @throws SisockError `bad_setting`: an asked port that is taken, or no free one found.
 */
export async function listenOn<T>(
  { host, asked, usual, name, log }: PortChoice,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  const ports = asked !== undefined ? [asked] : Array.from({ length: mostTries }, (_, i) => usual + i);
  for (const [i, port] of ports.entries()) {
    try {
      const listening = await listen(port);
      if (i > 0) log.warn({ taken: usual, port }, `port ${usual} is taken: listening on ${port} instead`);
      return listening;
    } catch (error) {
      if (!isTaken(error) || i === ports.length - 1) throw listenError(underlying(error), host, port, name);
    }
  }
  throw new RangeError('no port to try');
}

/** What `listen` of node:net said, which a part may have wrapped. */
function underlying(error: unknown): unknown {
  const cause = (error as { cause?: unknown }).cause;
  return (error as { code?: string }).code === 'EADDRINUSE' || cause === undefined ? error : cause;
}

function isTaken(error: unknown): boolean {
  return (underlying(error) as { code?: string }).code === 'EADDRINUSE';
}
