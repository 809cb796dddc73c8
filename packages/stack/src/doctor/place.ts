import { connect } from 'node:net';

/** Where a router is to be found. */
export interface Place {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export function placeOf(url: string): Place {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'wss:' || protocol === 'https:';
  return { url, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 443 : 80), secure };
}

/** Why nobody takes a TCP connection there, null where somebody does. */
export function knock({ host, port }: Place, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const stop = () => socket.destroy(new Error('no answer in time'));
    signal.addEventListener('abort', stop);
    const finish = (problem: string | null) => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => finish(null));
    socket.once('error', (error: Error & { code?: string }) => finish(error.code ?? error.message));
  });
}
