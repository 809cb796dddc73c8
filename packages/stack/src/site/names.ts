import { isIP, isIPv6 } from 'node:net';
import { SisockError } from '@sisock/core';

/** Names whose OCS configuration would take the place of another file. */
const taken = ['default', 'docker-compose', 'compose'];

/**
 * The name of a site: part of file names and of the names of containers.
 * @throws SisockError `bad_request` that says what is allowed
 */
export function siteName(text: string): string {
  const problem = `the site's name ${JSON.stringify(text)}`;
  if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(text)) {
    throw new SisockError(
      'bad_request',
      `${problem} can't be: 1 to 40 of a-z, 0-9, "-" and "_", a letter or digit first`,
    );
  }
  if (taken.includes(text)) throw new SisockError('bad_request', `${problem} is the name of another file: choose one`);
  return text;
}

/**
 * A name or address for a certificate, in the one form in which it is compared.
 * @throws SisockError `bad_request`
 */
export function hostName(text: string): string {
  const host = text.trim().toLowerCase();
  if (isIPv6(host) && !host.includes('%')) return new URL(`http://[${host}]`).hostname.slice(1, -1);
  if (isIP(host) === 4) return host;
  const label = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
  const isName = host.length <= 253 && new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`).test(host);
  // Digits alone at the end would be an address that is none.
  if (isName && !/(^|\.)\d+$/.test(host)) return host;
  throw new SisockError(
    'bad_request',
    `--host ${JSON.stringify(text)} is no host name and no address, such as lab.example.org, 192.0.2.7 or fd00::7`,
  );
}

/** First part of OCS addresses. @throws SisockError `bad_request` */
export function addressRoot(text: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(text)) return text;
  throw new SisockError(
    'bad_request',
    `--address-root ${JSON.stringify(text)} is no word of A-Z, a-z, 0-9, "_" and "-"`,
  );
}

/**
 * The directory of the data: absolute, or `./...` within the site's directory.
 * @throws SisockError `bad_request`
 */
export function dataPath(text: string): string {
  const isPath = /^(\/|\.\/)[\w./@+-]+$/.test(text) && !text.split('/').includes('..');
  if (isPath && text.replace(/[/.]/g, '') !== '') return text.replace(/(?!^)\/+$/, '');
  throw new SisockError(
    'bad_request',
    `--data ${JSON.stringify(text)} is no path from the root (/data) or from the site's directory (./data), without "..", spaces and colons`,
  );
}
