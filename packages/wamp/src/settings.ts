import { oneOf, optionalSetting, portNumber, secretSetting, setting, type SettingsOf, words } from '@sisock/runtime';
import { crossbarSecret, readTrust, trustFile } from './crossbar-files.js';
import { type SerializerName, serializerNames } from './session/serializers.js';

/** Where the certificate and the secrets of the router are; the same for the router and for who joins it. */
export const crossbarDirectory = setting(words, "directory with the router's certificate and secrets", {
  fallback: '.crossbar',
});

/** Settings of every part that joins a router. */
export const wampSettings = {
  CROSSBAR_HOST: setting(words, 'host of the WAMP router', { fallback: '127.0.0.1' }),
  CROSSBAR_TLS_PORT: setting(portNumber, 'port of the router for wss, used where there is a CROSSBAR_CA', {
    fallback: '8080',
  }),
  CROSSBAR_OCS_PORT: setting(portNumber, 'port of the router for plain ws', { fallback: '8001' }),
  CROSSBAR_DIR: crossbarDirectory,
  CROSSBAR_CA: optionalSetting(
    words,
    'PEM file that the certificate of the router must match; unset: ca_cert.pem or server_cert.pem in CROSSBAR_DIR, where there is one',
  ),
  WAMP_URI: optionalSetting(words, 'whole address of the router (ws:// or wss://) instead of host and port'),
  WAMP_USER: setting(words, 'authid to join as', { fallback: 'server' }),
  WAMP_SECRET: secretSetting(
    'secret of WAMP_USER; unset: from secrets/ or config.json in CROSSBAR_DIR; without any we join anonymously',
  ),
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
  /** PEM file that the router's certificate is verified by, read anew at each attempt to join. */
  readonly caFile: string | undefined;
  readonly serializers: readonly SerializerName[];
}

/**
 * Address and identity for connectSession. wss where there is a certificate to check the router by, plain ws otherwise;
 * WAMP_URI decides itself.
 * @throws SisockError `bad_setting` when a file is there (or named) and can't be used
 */
export function sessionOptions(settings: WampSettings): ConnectionSettings {
  const plain = settings.WAMP_URI?.startsWith('ws:') ?? false;
  const caFile = plain ? null : trustFile(settings.CROSSBAR_DIR, settings.CROSSBAR_CA);
  if (caFile !== null) readTrust(caFile);
  const host = settings.CROSSBAR_HOST.includes(':') ? `[${settings.CROSSBAR_HOST}]` : settings.CROSSBAR_HOST;
  const usual =
    caFile === null
      ? `ws://${host}:${settings.CROSSBAR_OCS_PORT}/ws`
      : `wss://${host}:${settings.CROSSBAR_TLS_PORT}/ws`;
  return {
    url: settings.WAMP_URI ?? usual,
    realm: settings.WAMP_REALM,
    authid: settings.WAMP_USER,
    secret: settings.WAMP_SECRET ?? crossbarSecret(settings.CROSSBAR_DIR, settings.WAMP_USER),
    caFile: caFile ?? undefined,
    serializers: settings.WAMP_SERIALIZER === undefined ? serializerNames : [settings.WAMP_SERIALIZER],
  };
}
