import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { SisockError } from '@sisock/core';
import { pathCure, pathErrorCode } from '@sisock/runtime';

/** Makes the directory of SISOCK_DATA_DIR. @returns it, absolute. @throws SisockError `bad_setting` when it can't be made */
export function makeDataDirectory({ SISOCK_DATA_DIR }: { readonly SISOCK_DATA_DIR: string }): string {
  const path = resolve(SISOCK_DATA_DIR);
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    const code = pathErrorCode(error);
    const text = `SISOCK_DATA_DIR ${JSON.stringify(path)} can't be made: ${code}; ${pathCure(code, 'write')}`;
    throw new SisockError('bad_setting', text, { cause: error });
  }
}
