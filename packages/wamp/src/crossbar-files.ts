import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SisockError } from '@sisock/core';

/** Files of the router's directory, which a site mounts into every part (`.crossbar/`). */
export const crossbarFiles = {
  certificate: 'server_cert.pem',
  key: 'server_key.pem',
  /** A certificate authority; where it is absent the server's own certificate is what clients trust. */
  authority: 'ca_cert.pem',
  configuration: 'config.json',
} as const;

/** Text of a file, null where there is none. @throws SisockError `bad_setting` when it is there and can't be read. */
export function readIfThere(path: string, name = path): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new SisockError('bad_setting', `${name} can't be read: ${code}`, { cause: error });
  }
}

/** The file a router's certificate is verified by: CROSSBAR_CA, else what the router's directory has; null for none. */
export function trustFile(directory: string, set: string | undefined): string | null {
  if (set !== undefined) return set;
  for (const file of [crossbarFiles.authority, crossbarFiles.certificate]) {
    const path = join(directory, file);
    if (readIfThere(path) !== null) return path;
  }
  return null;
}

/**
 * PEM text of the certificates to trust.
 * @throws SisockError `bad_setting` when the file is missing, unreadable or holds no certificate; it is named.
 */
export function readTrust(path: string): string {
  const name = `certificate file ${JSON.stringify(path)} (CROSSBAR_CA)`;
  const text = readIfThere(path, name);
  if (text === null) throw new SisockError('bad_setting', `${name} is not there: name the file of the router's CA`);
  if (certificatesOf(text).length > 0) return text;
  throw new SisockError('bad_setting', `${name} holds no certificate in PEM form`);
}

/** The certificates of a PEM text; what can't be read is left out. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/**
 * The secret of a user from the router's directory: `secrets/<user>`, else as `config.json` has it, which is where the
 * original kept it. Undefined where neither is there.
 * @throws SisockError `bad_setting` when `secrets/<user>` can't be read or is empty
 */
export function crossbarSecret(directory: string, user: string): string | undefined {
  // A user is a file name here, never a path.
  const path = /^[\w-][\w.-]*$/.test(user) ? join(directory, 'secrets', user) : null;
  const text = path === null ? null : readIfThere(path);
  if (text === null) return configuredSecret(join(directory, crossbarFiles.configuration), user);
  if (text.trim() === '') throw new SisockError('bad_setting', `${path} is empty: it must hold the secret of ${user}`);
  return text.trim();
}

function configuredSecret(path: string, user: string): string | undefined {
  let secret: string | undefined;
  try {
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        const { secret: found } = (inner ?? {}) as { secret?: unknown };
        if (name === user && typeof found === 'string') secret ??= found;
        look(inner);
      }
    };
    look(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Of another kind, or not for us to read: as if it were not there.
  }
  return secret;
}
