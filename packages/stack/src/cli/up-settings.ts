import { dataFeedSettings } from '@sisock/data-feed-server';
import { bridgeSettings } from '@sisock/http-bridge';
import { flag, logLevels, oneOf, optionalSetting, setting, words } from '@sisock/runtime';
import { certificateSettings } from './certificate.js';
import { addressRootSetting, commonSettings, routerSecretSettings, usualPort } from './common-settings.js';
import { usualOcsPort, usualTlsPort } from './embedded-router.js';

/** Settings of `sisock up`, which is `npm start`. */
export const upSettings = {
  ...bridgeSettings,
  CROSSBAR_OCS_PORT: usualPort('port of the WAMP router for OCS agents', usualOcsPort),
  CROSSBAR_TLS_PORT: usualPort('port of the WAMP router for wss, where there is a certificate', usualTlsPort),
  ...certificateSettings,
  WAMP_REALM: setting(words, 'WAMP realm', { fallback: 'test_realm' }),
  ADDRESS_ROOT: addressRootSetting,
  BUFFER_TIME: dataFeedSettings.BUFFER_TIME,
  SISOCK_DEMO: setting(flag, 'simulated agents and generated weather (yes or no)', { fallback: 'yes' }),
  WEATHER_DIRECTORY: optionalSetting(words, 'directory of weather files to serve instead of the generated ones'),
  ...commonSettings,
  LOGLEVEL: setting(oneOf(logLevels), 'how much is logged', { fallback: 'warn' }),
  ...routerSecretSettings,
};
