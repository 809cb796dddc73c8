import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SisockError } from '@sisock/core';
import { challenges, errorBody } from './errors.js';

/** Answers with an error on a connection that is not in the hands of express. */
export function endWith(socket: Duplex, status: number, error: SisockError): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(status === 401 ? challenges.map((challenge) => `WWW-Authenticate: ${challenge}`) : []),
  ];
  // The other side may never close its half: it is not waited for.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
