import { statSync } from 'node:fs';
import { type AccessPolicy, type AccessRules, type Clock, rulesPolicy, SisockError } from '@sisock/core';
import type { Logger } from '../logger.js';
import type { Service } from '../service.js';
import { readAccessFile } from './access-file.js';
import { loginChecker, type LoginLimits } from './check-login.js';

interface AccessFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** False: an `anonymous` entry is not honoured, and refused at the start. */
  readonly allowAnonymous: boolean;
  /** How often the file is looked at. */
  readonly pollMs?: number;
  readonly limits?: Partial<LoginLimits>;
}

/** A policy from a file, which is read again when it changes; one with mistakes is told and leaves the former rules. */
export type FileAccess = AccessPolicy & Service;

/** @throws SisockError `bad_setting` with one line a problem of the file */
export function openAccessFile({
  path,
  clock,
  log,
  allowAnonymous,
  pollMs = 1000,
  limits = {},
}: AccessFileOptions): FileAccess {
  let stamp = stampOf(path);
  let rules: AccessRules = readRules(path, allowAnonymous);
  const look = () => {
    const now = stampOf(path);
    if (now === stamp) return;
    stamp = now;
    try {
      rules = readRules(path, allowAnonymous);
      log.info({ file: path, tokens: rules.tokens.length, users: rules.users.length }, 'access file read again');
    } catch (error) {
      for (const line of (error as Error).message.split('\n')) {
        log.error({ file: path }, `the former access rules stay: ${line}`);
      }
    }
  };
  const timer = setInterval(look, pollMs).unref();
  return {
    ...rulesPolicy(() => rules, loginChecker({ clock, limits })),
    close: () => Promise.resolve(clearInterval(timer)),
  };
}

function readRules(path: string, allowAnonymous: boolean): AccessRules {
  const rules = readAccessFile(path);
  if (rules.anonymous === null || allowAnonymous) return rules;
  throw anonymousRefused(path);
}

/** Another one for another file. Taken before the file is read: a change in between is seen at the next look. */
function stampOf(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    return (error as { code?: string }).code ?? 'error';
  }
}

function anonymousRefused(path: string): SisockError {
  return new SisockError(
    'bad_setting',
    `${path}: anonymous is for a bridge on the loopback: take it out, or set SISOCK_ANONYMOUS=yes if everybody who ` +
      'reaches SISOCK_BIND may see these nodes',
  );
}
