import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenError } from '@sisock/runtime';

export interface ListenedOn {
  readonly host: string;
  readonly port: number;
}

const pollMs = 100;

/** Resolves with true when all ports take connections, with false when `signal` comes first. */
export async function allAccept(ports: readonly ListenedOn[], signal: AbortSignal): Promise<boolean> {
  for (const place of ports) {
    while (!(await accepts(place))) {
      if (signal.aborted) return false;
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return true;
}

function accepts({ host, port }: ListenedOn): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** @throws SisockError `bad_setting` when somebody listens there already */
export function checkFree({ host, port }: ListenedOn): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenError(error, host, port, 'port')));
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
