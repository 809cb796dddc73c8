import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SisockError } from '@sisock/core';
import { listenError, type Logger } from '@sisock/runtime';

export const defaultPort = 5000;
/** How many ports after the default one are tried. */
const portsTried = 100;

/**
 * Listens on the port that was set, or, where none was, on the default one or the next that is free.
 * @returns the port.
 * @throws SisockError `bad_setting` naming the port that is taken, or the address that can't be had.
 */
export async function listenOn(server: Server, host: string, port: number | undefined, log: Logger): Promise<number> {
  const first = port ?? defaultPort;
  const last = port === undefined ? first + portsTried : first;
  for (let next = first; ; next++) {
    try {
      const got = await listenOnce(server, host, next);
      if (port === undefined && got !== defaultPort) {
        log.warn({ taken: defaultPort, port: got }, `port ${defaultPort} is taken: listening on ${got} instead`);
      }
      return got;
    } catch (thrown) {
      const taken = (thrown as { code?: unknown }).code === 'EADDRINUSE';
      if (!taken || next >= last) throw startError(thrown, host, next);
    }
  }
}

function startError(thrown: unknown, host: string, port: number): SisockError {
  const taken = (thrown as { code?: unknown }).code === 'EADDRINUSE';
  const wrongAddress = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(
    String((thrown as { code?: unknown }).code),
  );
  return listenError(thrown, host, port, !taken && wrongAddress ? 'SISOCK_BIND' : 'PORT');
}

function listenOnce(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      server.off('listening', listening);
      reject(error);
    };
    const listening = () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen(port, host);
  });
}
