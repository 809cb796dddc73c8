import { archiveSettings } from '@sisock/archive';
import { blockSettings } from '@sisock/blocks';
import { dataFeedSettings, feedLogSettings } from '@sisock/data-feed-server';
import { scannerSettings } from '@sisock/g3-file-scanner';
import { g3ReaderSettings } from '@sisock/g3-reader-server';
import { bridgeSettings } from '@sisock/http-bridge';
import { joinedSettings } from '@sisock/joined-server';
import { decimalNumber, flag, logLevels, oneOf, optionalSetting, setting, wholeNumber, words } from '@sisock/runtime';
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
  ...feedLogSettings,
  DATA_DIRECTORY: optionalSetting(
    scannerSettings.DATA_DIRECTORY.schema,
    "directory with your own g3 files, served instead of the demonstration's; several with commas between",
  ),
  OCS_DATA_DIR: scannerSettings.OCS_DATA_DIR,
  SCAN_INTERVAL: scannerSettings.SCAN_INTERVAL,
  SCAN_WORKERS: optionalSetting(
    scannerSettings.SCAN_WORKERS.schema,
    "threads that index g3 files; unset: none for the demonstration's, else one less than there are cores, at most 4",
  ),
  SCAN_BLOCKS: scannerSettings.SCAN_BLOCKS,
  BLOCK_SAMPLES: scannerSettings.BLOCK_SAMPLES,
  BLOCK_RECENT_DAYS: scannerSettings.BLOCK_RECENT_DAYS,
  ...archiveSettings,
  // Less than a process that is nothing but a reader: all parts share the memory of this one.
  CACHE_BYTES: setting(wholeNumber(0, 1e12), 'most bytes of samples kept in memory', { fallback: '32000000' }),
  INDEX_CACHE_BYTES: g3ReaderSettings.INDEX_CACHE_BYTES,
  ...blockSettings,
  JOIN_NAME: joinedSettings.JOIN_NAME,
  SISOCK_DEMO: setting(flag, 'simulated agents, g3 files of them, and generated weather (yes or no)', {
    fallback: 'yes',
  }),
  TIME_PER_FILE: setting(
    decimalNumber(1, 86_400),
    "seconds in each g3 file that the demonstration's aggregator writes",
    {
      fallback: '3600',
    },
  ),
  WEATHER_DIRECTORY: optionalSetting(words, 'directory of weather files to serve instead of the generated ones'),
  ...commonSettings,
  LOGLEVEL: setting(oneOf(logLevels), 'how much is logged', { fallback: 'warn' }),
  ...routerSecretSettings,
};
