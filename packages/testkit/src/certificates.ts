import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Names and IP addresses of the server; default `localhost` and `127.0.0.1`. */
  readonly hosts?: readonly string[];
  /** UNIX seconds; default an hour ago. */
  readonly notBefore?: number;
  /** UNIX seconds; default in a day. */
  readonly notAfter?: number;
}

/** A private certificate authority. */
export interface Authority extends KeyPair {
  issue(options?: CertificateOptions): KeyPair;
}

/** Makes a certificate authority of its own. */
export function certificateAuthority(name = 'an authority of a test', options: CertificateOptions = {}): Authority {
  const { key, pair } = make(name, null, { hosts: [], ...options }, true);
  return { ...pair, issue: (issued = {}) => make('a server of a test', { name, key }, issued, false).pair };
}

/** A server's certificate that is signed with its own key, as most sites' are. */
export function selfSigned(options: CertificateOptions = {}): KeyPair {
  return make('a server of a test', null, options, false).pair;
}

/** X.509 version 3 (RFC 5280) with an ECDSA key on P-256; signed with its own key where there is no issuer. */
function make(
  name: string,
  issuer: { readonly name: string; readonly key: KeyObject } | null,
  { hosts = ['localhost', '127.0.0.1'], notBefore, notAfter }: CertificateOptions,
  isAuthority: boolean,
) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now() / 1000;
  const ecdsaWithSha256 = der(0x30, oid('2a8648ce3d040302'));
  const alternatives = hosts.map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'latin1')),
  );
  const extensions = [
    extension('551d13', der(0x30, ...(isAuthority ? [yes] : [])), true),
    extension('551d0f', isAuthority ? Buffer.of(0x03, 2, 1, 0x06) : Buffer.of(0x03, 2, 7, 0x80), true),
    extension('551d0e', der(0x04, keyId(publicKey))),
    extension('551d23', der(0x30, der(0x80, keyId(createPublicKey(issuer?.key ?? privateKey))))),
    ...(hosts.length > 0 ? [extension('551d11', der(0x30, ...alternatives))] : []),
  ];
  const tbs = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer?.name ?? name),
    der(0x30, time(notBefore ?? now - 3600), time(notAfter ?? now + 86_400)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = sign('sha256', tbs, issuer?.key ?? privateKey);
  const cert = der(0x30, tbs, ecdsaWithSha256, der(0x03, Buffer.of(0), signature));
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key: privateKey, pair: { key, cert: pem(cert) } };
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const n = body.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}

const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const yes = der(0x01, Buffer.of(0xff));
const extension = (id: string, value: Buffer, critical = false) =>
  der(0x30, oid(id), ...(critical ? [yes] : []), der(0x04, value));
const keyId = (key: KeyObject) =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
const distinguishedName = (name: string) =>
  der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(name)))));

/** UTCTime: good until 2049. */
function time(sec: number): Buffer {
  const digits = new Date(sec * 1000).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
