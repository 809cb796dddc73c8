import { optionalSetting, setting, type SettingsOf, wholeNumber, words } from '@sisock/runtime';

const maxPoints = optionalSetting(
  wholeNumber(1, 100_000_000),
  'most samples a field in one answer of get_data; more are thinned, extremes kept',
);
const cacheBytes = setting(wholeNumber(0, 1e12), 'most bytes of samples kept in memory', { fallback: '64000000' });
const nodeName = (fallback: string) => setting(words, 'name of the data node', { fallback });
const about = (fallback: string) => setting(words, 'what consumers are told about the data node', { fallback });

/** Settings of the node that serves weather files. */
export const weatherSettings = {
  WEATHER_DIRECTORY: setting(words, 'directory with one .dat file a field'),
  NAME: nodeName('apex_archive'),
  DESCRIPTION: about('Weather archive of the APEX telescope'),
  MAX_POINTS: maxPoints,
};

export type WeatherSettings = SettingsOf<typeof weatherSettings>;

/** Settings of the node that serves the APEX weather as ACT archives it. */
export const apexWeatherSettings = {
  DATA_DIRECTORY: setting(words, 'directory with files <prefix>_<field>_<start>_<end>.dat', {
    fallback: '/data/targets',
  }),
  NAME: nodeName('apex_weather'),
  DESCRIPTION: about('Weather at the APEX telescope'),
  MAX_POINTS: maxPoints,
  CACHE_BYTES: cacheBytes,
};

/** Settings of the node that serves the UCSC radiometer. */
export const radiometerSettings = {
  DATA_DIRECTORY: setting(words, 'directory with files PWV_UCSC_<year>-<day of year>.txt', { fallback: '/data/PWV' }),
  NAME: nodeName('ucsc_radiometer'),
  DESCRIPTION: about('Water vapour measured by the UCSC radiometer'),
  MAX_POINTS: maxPoints,
  CACHE_BYTES: cacheBytes,
};

export type FileTreeSettings = SettingsOf<typeof apexWeatherSettings>;
