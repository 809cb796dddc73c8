// The X.509 library finds its parsers by decorators, which need this first.
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { SisockError } from '@sisock/core';

/** A certificate and its private key, as PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** From when to when, as UNIX seconds. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new private key (P-256) as PKCS #8 in PEM form. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The certificate of an authority for its key: it may sign certificates of servers, and no further authorities.
 * @throws SisockError `bad_setting` for a key that is no P-256 key
 */
export async function authorityCertificate(key: string, name: string, validity: Validity): Promise<string> {
  const publicKey = publicKeyOf(key);
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(validity),
    subject: `CN=${name}`,
    issuer: `CN=${name}`,
    publicKey,
    signingKey: await signingKey(key),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return pem(certificate);
}

/**
 * The certificate of a server, signed by an authority.
 * @param publicPem public key, private key or certificate of the server: what it proves to have the key of
 * @param hosts names and addresses by which clients reach it; the first is its common name
 * @throws SisockError `bad_setting` for an authority that has no P-256 key
 */
export async function serverCertificate(
  publicPem: string,
  hosts: readonly string[],
  authority: KeyAndCertificate,
  validity: Validity,
): Promise<string> {
  const issuer = new x509.X509Certificate(authority.cert);
  const publicKey = publicKeyOf(publicPem);
  const names = hosts.map((host) => ({ type: isIP(host) ? 'ip' : 'dns', value: host }) as const);
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(validity),
    subject: `CN=${hosts[0] ?? 'localhost'}`,
    issuer: issuer.subjectName,
    publicKey,
    signingKey: await signingKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return pem(certificate);
}

function common({ from, until }: Validity) {
  // 127 random bits: positive, and never the same twice (RFC 5280, 4.1.2.2).
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(Math.floor(from) * 1000),
    notAfter: new Date(Math.floor(until) * 1000),
    signingAlgorithm: p256,
  };
}

function publicKeyOf(text: string): x509.PublicKey {
  return new x509.PublicKey(createPublicKey(text).export({ type: 'spki', format: 'der' }));
}

async function signingKey(key: string): Promise<webcrypto.CryptoKey> {
  const object = createPrivateKey(key);
  if (object.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new SisockError('bad_setting', "the authority's key is no P-256 key, the only kind that can sign here");
  }
  const der = object.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, p256, false, ['sign']);
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}
