import { SisockError } from '@sisock/core';

interface DriverError {
  readonly code?: string;
  readonly message?: string;
}

const codeOf = (thrown: unknown) => (thrown as DriverError | null)?.code ?? '';

/** True when another process holds the file just now. */
export function isBusy(thrown: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(thrown));
}

/** What the embedded database says, for people. `path`: its file. */
export function libsqlError(thrown: unknown, path: string): SisockError {
  if (thrown instanceof SisockError) return thrown;
  const code = codeOf(thrown);
  const text = String((thrown as DriverError | null)?.message ?? thrown);
  const options = { cause: thrown };
  if (isBusy(thrown)) {
    return new SisockError('unavailable', `archive ${path} is locked by another process`, options);
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code) || /not a database|malformed/.test(text)) {
    return new SisockError(
      'bad_data',
      `archive ${path} is damaged (${text}): move it away, the scanner makes it anew out of the files`,
      options,
    );
  }
  if (/^SQLITE_FULL/.test(code)) {
    return new SisockError('unavailable', `archive ${path} can't be written: the disk is full`, options);
  }
  if (/^SQLITE_READONLY/.test(code)) {
    return new SisockError('unavailable', `archive ${path} can't be written: it is read-only`, options);
  }
  if (/^SQLITE_(CANTOPEN|PERM|AUTH)/.test(code) || /unable to open/.test(text)) {
    return new SisockError('unavailable', `archive ${path} can't be opened: ${text}`, options);
  }
  if (/^SQLITE_(IOERR|NOMEM|PROTOCOL)/.test(code)) {
    return new SisockError('unavailable', `archive ${path} can't be read or written: ${text}`, options);
  }
  if (/no such table: /.test(text)) {
    return new SisockError('unavailable', `archive ${path} has no tables yet: the scanner makes them`, options);
  }
  return new SisockError('internal', `archive ${path}: ${text}`, options);
}
