import { readFileSync } from 'node:fs';
import { SisockError } from '@sisock/core';
import { oneOf, optionalSetting, portNumber, secretSetting, setting, type SettingsOf, words } from '@sisock/runtime';
import { type SerializerName, serializerNames } from './session/serializers.js';

/** Where the original looked for the router's certificate. */
const usualCertificate = '.crossbar/server_cert.pem';

/** Settings of every part that joins a router. */
export const wampSettings = {
  CROSSBAR_HOST: setting(words, 'host of the WAMP router', { fallback: '127.0.0.1' }),
  CROSSBAR_TLS_PORT: setting(portNumber, 'port of the router for wss, used where there is a CROSSBAR_CA', {
    fallback: '8080',
  }),
  CROSSBAR_OCS_PORT: setting(portNumber, 'port of the router for plain ws', { fallback: '8001' }),
  CROSSBAR_CA: optionalSetting(
    words,
    `PEM file that the certificate of the router must match; ${usualCertificate} where that exists`,
  ),
  WAMP_URI: optionalSetting(words, 'whole address of the router (ws:// or wss://) instead of host and port'),
  WAMP_USER: setting(words, 'authid to join as', { fallback: 'server' }),
  WAMP_SECRET: secretSetting('secret of WAMP_USER; without it we join anonymously'),
  WAMP_REALM: setting(words, 'WAMP realm', { fallback: 'test_realm' }),
  WAMP_SERIALIZER: optionalSetting(oneOf(serializerNames), 'the only WAMP serializer to offer (cbor, msgpack or json)'),
};

export type WampSettings = SettingsOf<typeof wampSettings>;

/** What connectSession wants to know of the settings. */
export interface ConnectionSettings {
  readonly url: string;
  readonly realm: string;
  readonly authid: string;
  readonly secret: string | undefined;
  readonly ca: string | undefined;
  readonly serializers: readonly SerializerName[];
}

/**
 * Address and identity for connectSession. wss where there is a certificate to check the router by, plain ws otherwise;
 * WAMP_URI decides itself.
 * @throws SisockError `bad_setting` when CROSSBAR_CA can't be read
 */
export function sessionOptions(settings: WampSettings): ConnectionSettings {
  const ca = certificate(settings.CROSSBAR_CA);
  const host = settings.CROSSBAR_HOST.includes(':') ? `[${settings.CROSSBAR_HOST}]` : settings.CROSSBAR_HOST;
  const usual =
    ca === undefined
      ? `ws://${host}:${settings.CROSSBAR_OCS_PORT}/ws`
      : `wss://${host}:${settings.CROSSBAR_TLS_PORT}/ws`;
  return {
    url: settings.WAMP_URI ?? usual,
    realm: settings.WAMP_REALM,
    authid: settings.WAMP_USER,
    secret: settings.WAMP_SECRET,
    ca,
    serializers: settings.WAMP_SERIALIZER === undefined ? serializerNames : [settings.WAMP_SERIALIZER],
  };
}

function certificate(path: string | undefined): string | undefined {
  try {
    return readFileSync(path ?? usualCertificate, 'utf8');
  } catch (error) {
    if (path === undefined) return undefined;
    const code = (error as { code?: string }).code ?? 'error';
    throw new SisockError('bad_setting', `CROSSBAR_CA ${JSON.stringify(path)} can't be read: ${code}`);
  }
}
