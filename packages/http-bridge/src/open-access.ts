import { isIP } from 'node:net';
import { type AccessPolicy, type Clock, openAccess, SisockError } from '@sisock/core';
import { type Logger, openAccessFile, type Service } from '@sisock/runtime';
import type { BridgeSettings } from './settings.js';

/**
 * The access policy of the settings: that of the access file where one is set; without one everybody sees everything, on
 * the loopback or where SISOCK_ANONYMOUS says so.
 * @throws SisockError `bad_setting` naming what is wrong with the file, or that there must be one.
 */
export function openBridgeAccess(
  settings: Pick<BridgeSettings, 'SISOCK_ACCESS_FILE' | 'SISOCK_ANONYMOUS' | 'SISOCK_BIND'>,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): AccessPolicy & Service {
  const { SISOCK_ACCESS_FILE: path, SISOCK_ANONYMOUS: everybody, SISOCK_BIND: host } = settings;
  const allowAnonymous = everybody || isLoopback(host);
  if (path !== undefined) return openAccessFile({ path, clock, log, allowAnonymous });
  if (!allowAnonymous) throw needsAccess(host);
  return { ...openAccess, close: () => Promise.resolve() };
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost';
}

export function needsAccess(host: string): SisockError {
  return new SisockError(
    'bad_setting',
    `SISOCK_BIND ${JSON.stringify(host)} lets other machines in, and nothing says who may see what: set ` +
      'SISOCK_ACCESS_FILE (docs/access.md), or SISOCK_ANONYMOUS=yes to show everything to everybody',
  );
}
