import {
  decimalNumber,
  optionalSetting,
  portNumber,
  secretSetting,
  setting,
  type SettingsOf,
  words,
} from '@sisock/runtime';
import { archiveSettings } from '@sisock/archive';
import { feedLogSettings } from '@sisock/data-feed-server';
import { scannerSettings } from '@sisock/g3-file-scanner';
import { wampSettings } from '@sisock/wamp';
import { z } from 'zod';
import { commonSettings } from '../cli/common-settings.js';

const { WAMP_USER: _user, WAMP_SECRET: _secret, ...router } = wampSettings;

/** Settings of `sisock doctor`. It joins as each of the router's users. */
export const doctorSettings = {
  SISOCK_DATA_DIR: commonSettings.SISOCK_DATA_DIR,
  ...router,
  WAMP_SECRET: secretSetting('secret of the router\'s user "server"; unset: from CROSSBAR_DIR or SISOCK_DATA_DIR'),
  CONSUMER_SECRET: secretSetting('secret of the router\'s user "consumer"; unset: likewise'),
  PORT: setting(portNumber, 'port of the bridge on this machine', { fallback: '5000' }),
  SISOCK_HTTP_URL: optionalSetting(
    words.refine(
      (text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ''),
      'is no http:// or https:// address',
    ),
    'address of the bridge; unset: 127.0.0.1 and PORT',
  ),
  SISOCK_HTTP_TOKEN: secretSetting('bearer token for the bridge, where it asks for one'),
  SISOCK_HTTP_USER: optionalSetting(words, 'user for the bridge, instead of a token'),
  SISOCK_HTTP_PASSWORD: secretSetting('password of SISOCK_HTTP_USER'),
  DOCTOR_MAX_AGE: setting(decimalNumber(0, 1e9), 'seconds; a newest sample older than this is a warning', {
    fallback: '300',
  }),
  DATA_DIRECTORY: scannerSettings.DATA_DIRECTORY,
  OCS_DATA_DIR: scannerSettings.OCS_DATA_DIR,
  ...archiveSettings,
  FEED_LOG: feedLogSettings.FEED_LOG,
  DOCTOR_ARCHIVES: setting(
    z.string().transform((text) => text.split(',').filter(Boolean)),
    'patterns of data nodes that hold archives: their data may be old',
    { fallback: 'apex_archive,g3_reader' },
  ),
  DOCTOR_DEADLINE: setting(decimalNumber(0.1, 600), 'longest wait for one answer, in seconds', { fallback: '5' }),
};

export type DoctorSettings = SettingsOf<typeof doctorSettings>;
