import { optionalSetting, setting, type SettingsOf, wholeNumber, words } from '@sisock/runtime';

/** Settings of the node that serves an archive of g3 files, besides those of its database. */
export const g3ReaderSettings = {
  NAME: setting(words, 'name of the data node', { fallback: 'g3_reader' }),
  DESCRIPTION: setting(words, 'what consumers are told about the data node', { fallback: 'Archive of g3 files' }),
  MAX_POINTS: optionalSetting(
    wholeNumber(1, 100_000_000),
    'most samples a field in one answer of get_data; more are thinned, extremes kept',
  ),
  CACHE_BYTES: setting(wholeNumber(0, 1e12), 'most bytes of samples kept in memory', { fallback: '64000000' }),
  INDEX_CACHE_BYTES: setting(wholeNumber(0, 1e12), "most bytes of the archive's index kept in memory", {
    fallback: '16000000',
  }),
};

export type G3ReaderSettings = SettingsOf<typeof g3ReaderSettings>;
