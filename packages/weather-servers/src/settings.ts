import { optionalSetting, setting, type SettingsOf, wholeNumber, words } from '@sisock/runtime';

/** Settings of the node that serves weather files. */
export const weatherSettings = {
  WEATHER_DIRECTORY: setting(words, 'directory with one .dat file a field'),
  NAME: setting(words, 'name of the data node', { fallback: 'apex_archive' }),
  DESCRIPTION: setting(words, 'what consumers are told about the data node', {
    fallback: 'Weather archive of the APEX telescope',
  }),
  MAX_POINTS: optionalSetting(
    wholeNumber(1, 100_000_000),
    'most samples a field in one answer of get_data; more are thinned, extremes kept',
  ),
};

export type WeatherSettings = SettingsOf<typeof weatherSettings>;
