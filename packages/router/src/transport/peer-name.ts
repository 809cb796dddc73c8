import type { Socket } from 'node:net';

/** How a connection is called in logs and meta events. */
export function peerName({ remoteAddress, remotePort }: Partial<Pick<Socket, 'remoteAddress' | 'remotePort'>>): string {
  return `tcp:${String(remoteAddress)}:${String(remotePort)}`;
}
